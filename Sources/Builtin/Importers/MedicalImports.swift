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

/// MedReason as published: one JSONL of `question`, `options`, `answer` and `reasoning`, drawn from several data sets, MedMCQA among them.
enum MedReasonImport {
  static func accepts(_ record: ObjectRecord) -> Bool { record.has("reasoning") && record.has("question") }

  /// Training examples.
  ///
  /// - Parameter evaluation: MedMCQA's evaluation records; what is among them is left out and counted.
  static func drafts(of file: URL, evaluation: [URL], leftOut: inout LeftOut) throws -> [ImportDraft] {
    let held = try heldOut(evaluation)
    var drafts: [ImportDraft] = []
    for record in try ObjectFile.read(file).records {
      let question = try record.string("question")
      let id = try isMedMCQA(record) ? record.text("id_in_dataset") : nil
      if held.questions.contains(folded(question)) || id.map(held.ids.contains) == true {
        leftOut.add("in MedMCQA's evaluation set")
        continue
      }
      let options = try options(of: record)
      guard (2...26).contains(options.count) else {
        leftOut.add("without 2 to 26 options")
        continue
      }
      guard let answer = try record.text("answer"), let index = right(answer, among: options) else {
        leftOut.add("whose answer is none of the options")
        continue
      }
      let reasoning = try record.string("reasoning").trimmingCharacters(in: .whitespacesAndNewlines)
      drafts.append(
        MedMCQAImport.draft(
          place: record.place, question: question, options: options,
          completion: " \(reasoning)\nFinal: [\(MedMCQAImport.letters(options.count)[index])]"))
    }
    return drafts
  }

  private static func isMedMCQA(_ record: ObjectRecord) throws -> Bool {
    try record.text("dataset_name")?.lowercased().contains("medmcqa") == true
  }

  private static func heldOut(_ files: [URL]) throws -> (questions: Set<String>, ids: Set<String>) {
    var questions: Set<String> = []
    var ids: Set<String> = []
    for file in files {
      for record in try ObjectFile.read(file).records {
        questions.insert(folded(try record.string("question")))
        if let id = try record.text("id") { ids.insert(id) }
      }
    }
    return (questions, ids)
  }

  /// Letters and digits alone: spacing and punctuation differ between copies of a question.
  private static func folded(_ text: String) -> String {
    text.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// A list, an object by letters, or a text with a line `A. …` for each option under a heading.
  private static func options(of record: ObjectRecord) throws -> [String] {
    switch record.value("options") {
    case .array(let values)?: return values.compactMap(\.string).map(MedMCQAImport.oneLine)
    case .object(let object)?:
      return object.members.sorted { $0.key < $1.key }.compactMap { $0.value.string.map(MedMCQAImport.oneLine) }
    case .string(let text)?: return lettered(text)
    default: return []
    }
  }

  private static func lettered(_ text: String) -> [String] {
    var options: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmingCharacters(in: .whitespaces)
      if let option = afterLetter(line, MedMCQAImport.letters(26)[min(options.count, 25)]) {
        options.append(option)
      } else if !options.isEmpty, !line.isEmpty {
        options[options.count - 1] += " " + line
      }
    }
    return options
  }

  /// What follows `A.`, `A)`, `A:` or `(A)`; nil for another beginning.
  private static func afterLetter(_ line: String, _ letter: String) -> String? {
    for prefix in [letter + ".", letter + ")", letter + ":", "(" + letter + ")"] where line.hasPrefix(prefix) {
      return line.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The option that an answer such as `Methyldopa. Explanation: …` or `B. Methyldopa` names: by its letter, or by the longest option that the answer
  /// begins with.
  private static func right(_ answer: String, among options: [String]) -> Int? {
    let answer = answer.trimmingCharacters(in: .whitespacesAndNewlines)
    let letters = MedMCQAImport.letters(options.count)
    let wanted = folded(answer)
    let named = options.indices.filter { !folded(options[$0]).isEmpty && wanted.hasPrefix(folded(options[$0])) }
    if let longest = named.max(by: { options[$0].count < options[$1].count }) { return longest }
    return letters.firstIndex { answer == $0 || afterLetter(answer, $0) != nil }
  }
}
