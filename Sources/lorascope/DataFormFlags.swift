import ArgumentParser
import Foundation
import HuggingFace
import Messages
import Studies
import Training

/// How a person's own data is read, written out for the model and scored: on every verb that takes `--data`.
struct DataFormFlags: ParsableArguments {
  @Option(help: ArgumentHelp("The form of the file (default: detected).", valueName: "form"))
  var dataFormat: DataForm?
  @Option(help: ArgumentHelp("The field or column of what is asked (default: prompt, question, …).", valueName: "name"))
  var promptField: String?
  @Option(
    help: ArgumentHelp("The field or column of what is answered (default: completion, answer, …).", valueName: "name"))
  var completionField: String?
  @Option(
    help: ArgumentHelp(
      "The field or column of pictures (default: image or images; none: they are not read).", valueName: "name"))
  var imageField: String?
  @Option(
    help: ArgumentHelp(
      "The folder that the data's pictures lie in (default: the data file's; no picture outside is read).",
      valueName: "dir"))
  var imageRoot: String?
  @Option(
    help: ArgumentHelp(
      "The chat template (default: the model's own; none: plain text).",
      valueName: "\(BuiltinChatTemplate.names)|none|file"))
  var chatTemplate: String?
  @Option(help: ArgumentHelp("Which turns of the assistant are trained (default: all).", valueName: "turns"))
  var turns: TrainedTurns?
  @Option(
    help: ArgumentHelp(
      "How your own data is scored (default: exact-match; accuracy with --answer-pattern).", valueName: "name"))
  var metric: MetricName?
  @Option(
    help: ArgumentHelp(
      "Regular expression that finds the answer; its first group, else the whole match.", valueName: "regex"))
  var answerPattern: String?

  func apply(to settings: inout RunSettings) {
    if let dataFormat { settings.dataFormat = dataFormat.rawValue }
    if let promptField { settings.promptField = promptField }
    if let completionField { settings.completionField = completionField }
    if let imageField { settings.imageField = imageField }
    if let imageRoot { settings.imageRoot = Paths.absolute(imageRoot) }
    if let template { settings.chatTemplate = template }
    if let turns { settings.turns = turns.rawValue }
    if let metric { settings.metric = metric.rawValue }
    if let answerPattern { settings.answerPattern = answerPattern }
  }

  /// A file's path is the caller's.
  private var template: String? {
    chatTemplate.map { $0 == "none" || BuiltinChatTemplate(rawValue: $0) != nil ? $0 : Paths.absolute($0) }
  }

  func options() throws -> DataOptions {
    var settings = RunSettings()
    apply(to: &settings)
    return try DataOptions(settings)
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
