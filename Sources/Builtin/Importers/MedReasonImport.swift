import Foundation
import Text

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
