import Foundation
import Text

/// FinCoT as published: `Question` (with tables and text), `Reasoning_process`, `Final_response`. For evaluation also its authors'
/// reasoning form of FinQA, `Open-ended Verifiable Question` and `Ground-True Answer`, whose test split is as large as the study's evaluation.
enum FinCoTImport {
  private static let verifiable = "Open-ended Verifiable Question"
  private static let truth = ["Ground-True Answer", "Ground-Truth Answer"]

  static func accepts(_ record: ObjectRecord) -> Bool {
    (record.has("Question") && record.has("Final_response")) || record.has(verifiable)
  }

  static func drafts(of file: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    try ObjectFile.read(file).records.compactMap { record in
      if record.has(verifiable) {
        guard let answer = try truth.lazy.compactMap({ try record.text($0) }).first else {
          throw record.missing(truth[0])
        }
        return draft(record, question: try record.string(verifiable), completion: " Final: \(answer)")
      }
      let response = MedMCQAImport.oneLine(try record.string("Final_response"))
      guard !response.isEmpty else {
        leftOut.add("without a response")
        return nil
      }
      let reasoning = try record.text("Reasoning_process") ?? ""
      return draft(
        record, question: try record.string("Question"),
        completion: " \(reasoning.trimmingCharacters(in: .whitespacesAndNewlines))\nFinal: \(response)")
    }
  }

  private static func draft(_ record: ObjectRecord, question: String, completion: String) -> ImportDraft {
    ImportDraft(
      place: record.place,
      prompt: "Question: \(question.trimmingCharacters(in: .whitespacesAndNewlines))\nReasoning:",
      completion: completion)
  }
}
