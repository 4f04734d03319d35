import ArgumentParser
import Foundation
import Transformer

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Log-probabilities of given token ids.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: ArgumentHelp("A JSON array of token ids.", valueName: "file")) var tokens: String
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var tokens: [Int32]
    /// Natural logarithm, of each token after the first.
    var logprobs: [Double?]
    var meanNll: Double?
  }

  func run() throws {
    let ids = try readTokens()
    let base = try LoadedModel.loadWeights(model.reference)
    let vocabulary = base.configuration.vocabularySize
    for (index, id) in ids.enumerated() where id < 0 || id >= vocabulary {
      throw CommandError("\(tokens): id \(id) at index \(index) is not in the vocabulary of \(vocabulary)", status: 65)
    }
    guard ids.count <= base.configuration.maxPositions else {
      throw CommandError(
        "\(tokens): \(ids.count) tokens, but the model has \(base.configuration.maxPositions) positions", status: 65)
    }
    let lora = try LoadedModel.adapter(adapter, for: base)
    let values = try Scoring.logProbabilities(base: base, adapter: lora, tokens: ids, team: LoadedModel.team(threads))
    let mean = -values.reduce(0) { $0 + Double($1) } / Double(values.count)
    if json.json {
      try JSONOutput.print(
        Report(tokens: ids, logprobs: values.map(JSONOutput.finite), meanNll: mean.isFinite ? mean : nil))
    } else {
      print(zip(ids.dropFirst(), values).map { "\($0)\t\($1)\n" }.joined(), terminator: "")
      print("mean NLL \(mean) nats, perplexity \(exp(mean))")
    }
  }

  private func readTokens() throws -> [Int32] {
    let bytes = try StandardStreams.contents(of: tokens)
    guard let ids = try? JSONDecoder().decode([Int32].self, from: Data(bytes)) else {
      throw CommandError("\(tokens): expected a JSON array of token ids, such as [1, 17, 42]", status: 65)
    }
    guard ids.count >= 2 else { throw CommandError("\(tokens): at least two token ids are needed", status: 65) }
    return ids
  }
}
