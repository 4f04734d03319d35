import ArgumentParser
import Builtin
import Foundation
import HuggingFace

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Token ids of standard input; with --decode, the text of ids.",
    discussion: "Reads all of standard input. Adds what the tokenizer's post-processor adds. Needs only tokenizer.json."
  )

  @OptionGroup var model: ModelFlags
  @Flag(help: "Standard input holds ids (a JSON array, or separated by white space).") var decode = false
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    var ids: [Int32]
    var tokens: [String]
    /// With --decode.
    var text: String?
  }

  func run() throws {
    let tokenizer =
      switch model.reference {
      case .builtin: try Tokenizer(folder: BuiltinBase.locate())
      case .folder(let path): try Tokenizer(folder: URL(fileURLWithPath: path))
      }
    let input = Array(FileHandle.standardInput.readDataToEndOfFile())
    if let offset = UTF8Validation.firstInvalidOffset(input) {
      throw CommandError("standard input is not UTF-8 (first bad byte at offset \(offset))", status: 65)
    }
    let text = String(decoding: input, as: UTF8.self)
    let ids =
      decode ? try Self.parse(text, largest: tokenizer.largestID) : tokenizer.encode(text, addSpecial: true)
    let decoded = decode ? tokenizer.decode(ids, skipSpecial: false) : nil
    try tokenizer.check()
    if json.json {
      try JSONOutput.print(
        Report(
          ids: ids, tokens: ids.map { tokenizer.tokenString($0) ?? "" },
          text: decoded))
    } else if let decoded {
      print(decoded, terminator: "")
    } else {
      print(ids.map(String.init).joined(separator: " "))
    }
  }

  static func parse(_ text: String, largest: Int32) throws -> [Int32] {
    let separators: Set<Character> = [" ", "\n", "\r\n", "\t", ",", "[", "]"]
    return try text.split(whereSeparator: separators.contains).map { part in
      guard let id = Int32(part), (0...largest).contains(id) else {
        throw CommandError("'\(part)' is not a token id from 0 to \(largest)", status: 65)
      }
      return id
    }
  }
}
