import ArgumentParser
import Builtin
import Foundation
import HuggingFace
import Messages
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
    try RankLimit.check(rank)
    guard (1...65_536).contains(batchSize) else { throw ValidationError("--batch-size must be from 1 to 65536") }
    guard (1...1_048_576).contains(sequenceLength) else {
      throw ValidationError("--sequence-length must be from 1 to 1048576")
    }
  }

  func run() throws {
    var flags = ModelFlags()
    flags.model = model
    let base = try LoadedModel.loadWeights(flags.reference)
    var report = try InspectReport(
      model: model, base: base, rank: rank, batchSize: batchSize, sequenceLength: sequenceLength)
    report.texts = Self.texts(of: flags.reference)
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
            String(format: "%.0f MB", Double($0.runBytes) / 1e6),
          ]
        }
      ).joined(separator: "\n"))
  }

  /// What begins and ends a text for the model's tokenizer; nothing where it has none that can be read.
  private static func texts(of reference: ModelReference) -> [String] {
    let folder: URL
    switch reference {
    case .builtin:
      guard let found = try? BuiltinBase.locate() else { return [] }
      folder = found
    case .folder(let path): folder = URL(fileURLWithPath: path)
    }
    guard let tokenizer = try? Tokenizer(folder: folder) else { return [] }
    return Tokenising(tokenizer).facts
  }
}
