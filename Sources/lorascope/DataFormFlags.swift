import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import Text
import Training

/// How a person's own data is read, written out for the model and scored: on every verb that takes `--data`.
struct DataFormFlags: ParsableArguments, SettingFlags {
  @Option(help: .setting("data_format", "form")) var dataFormat: DataForm?
  @Option(help: .setting("prompt_field", "name")) var promptField: String?
  @Option(help: .setting("completion_field", "name")) var completionField: String?
  @Option(help: .setting("image_field", "name")) var imageField: String?
  @Option(help: .setting("image_root", "dir")) var imageRoot: String?
  @Option(help: .setting("chat_template", "\(BuiltinChatTemplate.names)|none|file")) var chatTemplate: String?
  @Option(help: .setting("turns", "turns")) var turns: TrainedTurns?
  @Option(help: .setting("metric", "name")) var metric: MetricName?
  @Option(help: .setting("answer_pattern", "regex")) var answerPattern: String?

  var given: [(key: String, value: (any SettingType)?)] {
    [
      ("data_format", dataFormat), ("prompt_field", promptField), ("completion_field", completionField),
      ("image_field", imageField), ("image_root", imageRoot.map(Paths.absolute)), ("chat_template", template),
      ("turns", turns), ("metric", metric), ("answer_pattern", answerPattern),
    ]
  }

  /// A file's path is the caller's.
  private var template: String? {
    chatTemplate.map { $0 == "none" || BuiltinChatTemplate(rawValue: $0) != nil ? $0 : Paths.absolute($0) }
  }

  func options() -> DataOptions {
    var settings = RunSettings()
    put(into: &settings)
    return DataOptions(settings)
  }

  func validate() throws {
    guard let answerPattern else { return }
    do { _ = try (metric ?? .accuracy).metric(answering: try AnswerPattern(answerPattern)) } catch {
      throw ValidationError("\(error)")
    }
  }
}

extension DataForm: ExpressibleByArgument {}
extension TrainedTurns: ExpressibleByArgument {}
extension MetricName: ExpressibleByArgument {}
