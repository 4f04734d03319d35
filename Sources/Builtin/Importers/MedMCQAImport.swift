import Foundation
import Text

/// MedMCQA as its authors and the hub publish it: `question`, `opa` to `opd`, and `cop`, which counts from 1 in the JSON and from 0 in the Parquet
/// and what is made of it, with -1 where the answer is not published.
enum MedMCQAImport {
  static let optionFields = ["opa", "opb", "opc", "opd"]

  static func accepts(_ record: ObjectRecord) -> Bool { record.has("opa") && record.has("opd") }

  static func drafts(of file: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    let read = try ObjectFile.read(file)
    let records = read.records
    let first = try base(of: records, isParquet: read.container == .parquet)
    var drafts: [ImportDraft] = []
    for record in records {
      let options = try optionFields.map { name in
        guard let text = try record.text(name) else { throw record.missing(name) }
        return Self.oneLine(text)
      }
      guard let answer = try cop(of: record), answer != -1 else {
        leftOut.add("without an answer")
        continue
      }
      guard (first..<first + options.count).contains(answer) else {
        throw record.error("cop is \(answer), which names no option")
      }
      let index = answer - first
      drafts.append(
        draft(
          place: record.place, question: try record.string("question"), options: options,
          completion: " \(options[index]). Final: [\(OptionExercises.letters[index])]"))
    }
    return drafts
  }

  /// The prompt of the built-in stand-in.
  static func draft(place: Int, question: String, options: [String], completion: String) -> ImportDraft {
    let letters = letters(options.count)
    let lines = zip(letters, options).map { OptionExercises.Style.bracketAfter.line($0, $1) }.joined()
    return ImportDraft(
      place: place, prompt: "Question: \(oneLine(question))\n\(lines)Answer:", completion: completion,
      extra: Dictionary(uniqueKeysWithValues: zip(letters, options)))
  }

  static func letters(_ count: Int) -> [String] {
    (0..<min(count, 26)).map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) }
  }

  static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ").trimmingCharacters(in: .whitespaces)
  }

  /// 0 or 1: what `cop` counts from in this file. With neither a 0 nor a 4 to tell by, it is the authors' 1, unless it is Parquet or answers are
  /// missing as -1.
  private static func base(of records: [ObjectRecord], isParquet: Bool) throws -> Int {
    var seen: Set<Int> = []
    for record in records {
      guard let cop = try cop(of: record) else { continue }
      seen.insert(cop)
      if seen.contains(0), seen.contains(4) {
        throw record.error("cop is 0 and 4 in the same file; it counts from 0 or from 1")
      }
    }
    return seen.contains(0) || ((isParquet || seen.contains(-1)) && !seen.contains(4)) ? 0 : 1
  }

  /// nil where it is missing.
  private static func cop(of record: ObjectRecord) throws -> Int? {
    guard let text = try record.text("cop"), !text.isEmpty else { return nil }
    if let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }) { return number }
    throw record.error("cop is \"\(text.prefix(20))\", not a number")
  }
}
