import ArgumentParser
import Foundation
import Text

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
    let tokenizer = try Tokenizer(folder: model.folder())
    let text = try StandardStreams.readText()
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
      StandardStreams.writeExact(decoded)
    } else {
      print(ids.map(String.init).joined(separator: " "))
    }
  }

  static func parse(_ text: String, largest: Int32) throws -> [Int32] {
    var body = Substring(text)
    // Brackets are those of one array: what else they could mean is a mistake.
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if trimmed.hasPrefix("[") || trimmed.hasSuffix("]") {
      guard trimmed.count > 1, trimmed.hasPrefix("["), trimmed.hasSuffix("]") else {
        throw CommandError("standard input has half of a JSON array: ids are [1, 17] or 1 17", status: 65)
      }
      body = Substring(trimmed.dropFirst().dropLast())
    }
    let separators: Set<Character> = [" ", "\n", "\r\n", "\t", ","]
    return try body.split(whereSeparator: separators.contains).map { part in
      guard let id = Int32(part), (0...largest).contains(id) else {
        throw CommandError("'\(part)' is not a token id from 0 to \(largest)", status: 65)
      }
      return id
    }
  }
}
