import ArgumentParser
import Foundation
import Kernels
import Text
import Transformer

struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Each kernel against the machine's limit, measured next to each other.")

  @Option(help: "Times each kernel is measured; the median counts.") var rounds = 7
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(rounds, "rounds", 1...8192)
    try ArgumentRange.threads(threads)
  }

  func run() throws {
    let line = ProgressLine()
    let report = KernelBenchmarks.run(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, rounds: rounds
    ) { measurement in
      line.show("measured", fraction: nil, detail: "\(measurement.name) \(measurement.shape)")
    }
    line.finish()
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "%@, %d threads: FMA peak %.1f GFLOP/s, memory read %.1f GB/s", report.instructionSet.rawValue,
        report.threads, report.fmaPeak, report.readBandwidth)
        + (report.bfloat16Peak.map { String(format: ", bfloat16 peak %.1f GFLOP/s", $0) } ?? ""))
    let rows = report.measurements.map {
      [
        $0.name, $0.shape, String(format: "%.1f %@", $0.rate, $0.unit.rawValue),
        String(format: "%.0f %% of the limit", 100 * $0.fractionOfPeak),
      ]
    }
    print(RunTable.table(rows).joined(separator: "\n"))
  }
}

struct BenchPromptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prompt", abstract: "A prompt on random weights, up to the logits of its last token.")
  @Option(help: "The shape of its random weights.") var shape = BenchmarkShape.smolLM2
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

struct BenchTokenizerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer", abstract: "How fast one core tokenizes English-like text, or a file.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("Tokenize this file (UTF-8) instead of generated text.", valueName: "file"))
  var text: String?
  @Option(help: "Megabytes of generated text.") var megabytes = 8
  @Option(help: "Times the text is tokenized; the median counts.") var rounds = 5
  @Option(help: ArgumentHelp("Write the generated text, for another program to tokenize.", valueName: "file"))
  var write: String?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if !(1...1024).contains(megabytes) { throw ValidationError("--megabytes must be from 1 to 1024, not \(megabytes)") }
    if !(1...1000).contains(rounds) { throw ValidationError("--rounds must be from 1 to 1000, not \(rounds)") }
    if text != nil, write != nil { throw ValidationError("--write is for generated text; leave out --text") }
  }

  func run() throws {
    let tokenizer = try Tokenizer(folder: model.folder())
    let report = TokenizerBenchmark.run(tokenizer, text: try sample(), rounds: rounds)
    if json.json { return try JSONOutput.print(report) }
    print(
      String(
        format: "tokenizer %@, one core: %.1f MB/s, %.2f M tokens/s (%.2f bytes a token, %d rounds of %.1f MB)",
        model.model, report.megabytesPerSecond, report.tokensPerSecond / 1e6,
        Double(report.bytes) / Double(report.tokens), report.seconds.count, Double(report.bytes) / 1e6))
  }

  private func sample() throws -> String {
    guard let text else {
      let generated = TokenizerBenchmark.englishLikeText(bytes: megabytes * 1_000_000, seed: 1)
      if let write {
        do {
          try Data(generated.utf8).write(to: URL(fileURLWithPath: Paths.absolute(write)))
        } catch {
          throw CommandError("cannot write '\(write)': \(error.localizedDescription)", status: 73)
        }
      }
      return generated
    }
    guard let data = FileManager.default.contents(atPath: Paths.absolute(text)) else {
      throw CommandError("cannot read '\(text)'", status: 66)
    }
    let bytes = Array(data)
    if let offset = UTF8Validation.firstInvalidOffset(bytes) {
      throw CommandError("'\(text)' is not UTF-8 (first bad byte at offset \(offset))", status: 65)
    }
    guard !bytes.isEmpty else { throw CommandError("'\(text)' is empty", status: 65) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
