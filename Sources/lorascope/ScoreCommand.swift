import ArgumentParser
import Foundation
import Transformer

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Log-probabilities of given token ids.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: ArgumentHelp("A JSON array of token ids.", valueName: "file")) var tokens: String
  @Option(help: "How many of the tokens are the prompt, on which alone an adapter that is prompt-only acts.")
  var promptTokens: Int?
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
    let lora = try LoadedModel.adapter(adapter, for: base, of: model.reference)
    try checkPrompt(lora, of: ids.count)
    let values = try Scoring.logProbabilities(
      base: base, adapter: lora, tokens: ids, promptTokens: promptTokens, team: LoadedModel.team(threads))
    let mean = -values.reduce(0) { $0 + Double($1) } / Double(values.count)
    if json.json {
      try JSONOutput.print(
        Report(tokens: ids, logprobs: values.map(JSONOutput.finite), meanNll: mean.isFinite ? mean : nil))
    } else {
      print(zip(ids.dropFirst(), values).map { "\($0)\t\($1)\n" }.joined(), terminator: "")
      print("mean NLL \(mean) nats, perplexity \(exp(mean))")
    }
  }

  /// Where a prompt ends is in no list of tokens.
  private func checkPrompt(_ adapter: LoRAAdapter?, of count: Int) throws {
    if adapter?.specification.promptOnly == true, promptTokens == nil {
      throw CommandError(
        "the adapter is prompt-only: say with --prompt-tokens how many tokens the prompt has", status: 64)
    }
    guard let promptTokens else { return }
    guard adapter?.specification.promptOnly == true else {
      throw CommandError("--prompt-tokens goes with an adapter that is prompt-only", status: 64)
    }
    guard (1...count).contains(promptTokens) else {
      throw CommandError(
        "--prompt-tokens must be from 1 to the \(count) tokens there are, not \(promptTokens)", status: 64)
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
