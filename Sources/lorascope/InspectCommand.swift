import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Recipe
import Text
import Training
import Transformer

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "What a model is, its modules and shapes, and for each of the fifteen combinations, and for a vision tower, adapter "
      + "parameters and memory."
  )

  @Argument(help: "'builtin', or a Hugging Face model folder.") var model: String
  @Option(help: "LoRA rank.") var rank = 8
  @Option(help: "Sequences of a batch, for the memory of a run.") var batchSize = 8
  @Option(help: "Tokens of a sequence, for the memory of a run.") var sequenceLength = 256
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.rank(rank)
    guard (1...65_536).contains(batchSize) else { throw ValidationError("--batch-size must be from 1 to 65536") }
    guard (1...1_048_576).contains(sequenceLength) else {
      throw ValidationError("--sequence-length must be from 1 to 1048576")
    }
  }

  func run() throws {
    var flags = ModelFlags()
    flags.model = model
    let folder = try ModelPlace.folder(of: flags.reference)
    // Shapes alone: a model that does not fit into memory can be looked at, too.
    let base = try ModelFolder.outline(at: folder)
    let (tokenizer, problem) = tokenizer(folder)
    var report = try InspectReport(
      model: model, base: base, tokenizer: tokenizer, rank: rank, batchSize: batchSize, sequenceLength: sequenceLength)
    if let problem { report.notices.append(problem) }
    // What begins and ends a text for the model's tokenizer.
    if let tokenizer { report.texts = Tokenising(tokenizer).facts }
    if json.json { return try JSONOutput.print(report) }
    print("\(model)\n" + (report.architecture + report.texts).joined(separator: "\n"))
    print("\(report.parameters) parameters, \(report.bytes) bytes of weights in memory (\(report.element))\n")
    print(
      RunTable.table([["module", "out", "in"]] + report.modules.map { [$0.name, "\($0.rows)", "\($0.columns)"] })
        .joined(separator: "\n"))
    print(
      "\nadapters of rank \(rank), and the memory of a run with batches of \(report.batchSize) × \(report.sequenceLength) tokens"
        + (base.configuration.vision == nil ? "" : ", an image in each")
    )
    print(
      RunTable.table(
        report.combinations.map {
          [
            $0.targets, "\($0.adapterParameters)", String(format: "%.2f %% of base", 100 * $0.shareOfBase),
            String(format: "%.0f MB", Double($0.runBytes) / 1e6), $0.fits ? "" : "more than is free",
          ]
        }
      ).joined(separator: "\n"))
    let memory = report.memory
    print(
      "\n\(MemoryShortage.text(memory.availableBytes)) of the \(MemoryShortage.text(memory.totalBytes)) \(memory.limit) are free"
    )
    for notice in report.notices { print("note: \(notice)") }
  }

  /// The folder's tokenizer, or why it cannot be read.
  private func tokenizer(_ folder: URL) -> (Tokenizer?, String?) {
    guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("tokenizer.json").path) else {
      return (nil, "the folder has no tokenizer.json: it can be scored by token ids, but neither trained nor asked")
    }
    do { return (try Tokenizer(folder: folder), nil) } catch { return (nil, Failure.line(error)) }
  }
}
