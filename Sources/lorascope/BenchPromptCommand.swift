import ArgumentParser
import Foundation
import Kernels
import Transformer

struct BenchPromptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt", abstract: "A prompt on random weights, up to the logits of its last token.")
  @Option(help: "5M or 135M.") var shape = BenchmarkShape.smolLM2
  @Option(help: "float32 or bfloat16 weights.") var element = WeightElement.float32
  @Option(help: "Tokens of the prompt.") var tokens = 256
  @Option(help: "Times it is run; the median counts.") var rounds = 3
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(rounds, "rounds", 1...8192)
    try ArgumentRange.threads(threads)
    let limit = shape.configuration.maxPositions
    if !(1...limit).contains(tokens) {
      throw ValidationError("--tokens must be from 1 to \(limit), not \(tokens)")
    }
  }

  func run() throws {
    let report = try TransformerBenchmarks.prompt(
      shape: shape, element: element, tokens: tokens, rounds: rounds, team: LoadedModel.team(threads))
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "prompt of %d tokens, %@ %@, %d threads: %.0f tok/s, %.3f s", tokens, shape.rawValue, element.rawValue,
        report.threads, report.tokensPerSecond, report.seconds))
  }
}
