import ArgumentParser
import Foundation
import HuggingFace
import Kernels
import Transformer

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "A model's modules and shapes, and adapter parameters for each of the fifteen combinations.")

  @Argument(help: "'builtin', or a Hugging Face model folder.") var model: String
  @Option(help: "LoRA rank.") var rank = 8
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    struct Module: Encodable {
      var name: String
      var rows: Int
      var columns: Int
    }
    struct Combination: Encodable {
      var targets: String
      var adapterParameters: Int
      var shareOfBase: Double

      enum CodingKeys: String, CodingKey {
        case targets
        case adapterParameters = "adapter_parameters"
        case shareOfBase = "share_of_base"
      }
    }
    var model: String
    var configuration: ModelConfiguration
    var parameters: Int
    var bytes: Int
    var rank: Int
    var modules: [Module]
    var combinations: [Combination]
  }

  func validate() throws {
    try RankLimit.check(rank)
  }

  func run() throws {
    var flags = ModelFlags()
    flags.model = model
    let base = try LoadedModel.loadWeights(flags.reference)
    let configuration = base.configuration
    let modules = LinearModule.allCases.map { module -> Report.Module in
      let shape = module.shape(in: configuration)
      return Report.Module(name: module.rawValue, rows: shape.rows, columns: shape.columns)
    }
    let combinations = Targets.fifteen.map { targets -> Report.Combination in
      let specification = LoRASpecification(
        targets: targets, layers: configuration.layers, rank: rank, alpha: Float(2 * rank))
      let count = specification.parameterCount(in: configuration)
      return Report.Combination(
        targets: targets.label, adapterParameters: count, shareOfBase: Double(count) / Double(base.parameterCount))
    }
    let report = Report(
      model: model, configuration: configuration, parameters: base.parameterCount, bytes: base.byteCount, rank: rank,
      modules: modules, combinations: combinations)
    if json.json { return try JSONOutput.print(report) }
    print(
      """
      \(model): Llama-style decoder, \(configuration.layers) layers, hidden \(configuration.hiddenSize), \
      \(configuration.heads) heads over \(configuration.kvHeads) KV heads of \(configuration.headSize), \
      intermediate \(configuration.intermediateSize), vocabulary \(configuration.vocabularySize), \
      \(configuration.tieWordEmbeddings ? "tied" : "own") output
      \(base.parameterCount) parameters, \(base.byteCount) bytes of weights in memory (\(base.embedding.element.rawValue))

      """)
    print(
      RunTable.table([["module", "out", "in"]] + modules.map { [$0.name, "\($0.rows)", "\($0.columns)"] })
        .joined(separator: "\n"))
    print("\nadapter parameters at rank \(rank)")
    print(
      RunTable.table(
        combinations.map {
          [$0.targets, "\($0.adapterParameters)", String(format: "%.2f %% of base", 100 * $0.shareOfBase)]
        }
      ).joined(separator: "\n"))
  }
}
