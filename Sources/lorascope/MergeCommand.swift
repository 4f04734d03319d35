import ArgumentParser
import Foundation

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merge a PEFT adapter into its base, and say the largest difference of a logit before and after.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String
  @Option(help: ArgumentHelp("The new model folder.", valueName: "dir")) var output: String
  @Option(help: "bfloat16 or float32 (default: the base's own).") var type: MergedType?
  @Option(
    help: ArgumentHelp("A text file: logits are compared after each of its first eight lines.", valueName: "file"))
  var prompts: String?
  @Flag(help: "Write into the folder if it is there.") var force = false
  @OptionGroup var json: JSONFlag

  /// For adapters that come without data.
  static let sentences = [
    "The committee met in the morning and heard three witnesses.", "Question: What is the capital of France?\nAnswer:",
    "def add(a, b):\n    return a + b\n", "Once upon a time there was a small village by the sea.",
  ]

  func run() throws {
    StandardStreams.finishFirst()
    var texts = Self.sentences
    if let prompts {
      guard let text = String(validating: try StandardStreams.contents(of: prompts), as: UTF8.self) else {
        throw CommandError("'\(prompts)' is not UTF-8 text", status: 65)
      }
      texts = text.split(whereSeparator: \.isNewline).prefix(8).map(String.init)
      if texts.isEmpty { throw CommandError("'\(prompts)' has no text to compare logits on", status: 65) }
    }
    let export = MergeExport(
      model: model.reference, adapter: adapter, output: output, element: type?.element, prompts: texts,
      promptSource: prompts == nil ? "fixed sentences" : "lines of \(prompts ?? "")", fingerprint: nil, force: force)
    let report = try export.run()
    if json.json { try JSONOutput.print(report) } else { print(export.text(report)) }
  }
}
