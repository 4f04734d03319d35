import ArgumentParser
import Builtin
import Foundation
import Text

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
    let tokenizer =
      switch model.reference {
      case .builtin: try Tokenizer(folder: BuiltinBase.locate())
      case .folder(let path): try Tokenizer(folder: URL(fileURLWithPath: path))
      }
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
