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

/// GovReport as published: the authors' site has one JSON file for each report and lists of ids for the splits; the hub has JSONL, the report as nested
/// sections (`report` and `highlight` of the GAO, `reports` and `summary` of the CRS) or flat (`report` or `document`, and `summary`).
enum GovReportImport {
  static func accepts(_ record: ObjectRecord) -> Bool {
    record.value("report", "reports", "document") != nil && record.value("summary", "highlight") != nil
  }

  static func drafts(of file: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    try ObjectFile.read(file).records.compactMap { try draft($0, leftOut: &leftOut) }
  }

  /// The reports that a list of ids names, beside the folder of lists: `split_ids/gao_train.ids` is of `gao/ID.json`.
  static func drafts(ofIDs list: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    let source = list.lastPathComponent.split(separator: "_").first.map(String.init) ?? ""
    let folder = list.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(source)
    return try ObjectFile.text(list).split(whereSeparator: \.isNewline).compactMap { line in
      let id = line.trimmingCharacters(in: .whitespaces)
      guard !id.isEmpty else { return nil }
      guard let file = NamedFile.find(id + ".json", in: folder) else {
        leftOut.add("without a file")
        return nil
      }
      return try draft(ObjectFile.object(file), leftOut: &leftOut)
    }
  }

  private static func draft(_ record: ObjectRecord, leftOut: inout LeftOut) throws -> ImportDraft? {
    guard let report = record.value("report", "reports", "document") else { throw record.missing("report") }
    guard let summary = record.value("summary", "highlight") else { throw record.missing("summary") }
    let title = try record.text("title").map { MedMCQAImport.oneLine($0) + "\n" } ?? ""
    let text = lines(of: report).joined(separator: "\n")
    let short = lines(of: summary).joined(separator: "\n")
    guard !text.isEmpty, !short.isEmpty else {
      leftOut.add(text.isEmpty ? "without a report" : "without a summary")
      return nil
    }
    return ImportDraft(place: record.place, prompt: title + text + "\nSummary:\n", completion: short)
  }

  /// A text's lines; or a section's title, paragraphs and subsections, whatever is in a list.
  private static func lines(of value: JSONValue) -> [String] {
    switch value {
    case .string(let text):
      return text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    case .array(let values): return values.flatMap(lines)
    case .object(let section):
      return ["section_title", "paragraphs", "subsections"].compactMap { section.value($0) }.flatMap(lines)
    default: return []
    }
  }
}

/// CoCoHD as published: transcripts as text files named by `govinfo_id`, and each hearing's details as JSON or, cleaned, as a table. The study's own
/// summaries are not published, so the record is made of the details; a file of one's own with `transcript` and `summary` is taken as it is.
enum CoCoHDImport {
  /// The record's keys, and the details' fields under each of their names.
  private static let texts = [
    ("committee", ["Committee and Subcommittee", "committee"]), ("topic", ["Title", "title"]),
    ("chamber", ["Congress Chamber", "chamber"]), ("date", ["Held Date", "held_date"]),
  ]
  private static let lists = [("members", ["Members", "members"]), ("witnesses", ["Witnesses", "witnesses"])]

  static func accepts(_ record: ObjectRecord) -> Bool { record.has("govinfo_id") || record.has("transcript") }

  static func drafts(of file: URL, transcripts: [String: URL], leftOut: inout LeftOut) throws -> [ImportDraft] {
    var drafts: [ImportDraft] = []
    for record in try ObjectFile.read(file).records {
      let own = try record.text("transcript")
      guard let text = try own ?? record.text("govinfo_id").flatMap({ transcripts[$0] }).map(ObjectFile.text) else {
        leftOut.add("without a transcript")
        continue
      }
      let completion = try record.value("summary").map { try summary($0, record) } ?? details(record)
      drafts.append(
        ImportDraft(
          place: record.place, prompt: text.trimmingCharacters(in: .whitespacesAndNewlines) + "\nRecord:\n",
          completion: completion))
    }
    return drafts
  }

  private static func summary(_ value: JSONValue, _ record: ObjectRecord) throws -> String {
    switch value {
    case .object: return JSONWriter.text(value, indent: nil)
    case .string(let text):
      guard (try? JSONParser.parse(Array(text.utf8)).object) != nil else {
        throw record.error("summary is no JSON object")
      }
      return text
    default: throw record.error("summary is \(value.kind), not a JSON object")
    }
  }

  /// Always the same keys in the same order, empty where the details say nothing.
  private static func details(_ record: ObjectRecord) throws -> String {
    var members = try texts.map { key, names in
      let text = try names.lazy.compactMap { try record.text($0) }.first ?? ""
      return (key, JSONValue.string(known(text.replacingOccurrences(of: "\\n", with: "; "))))
    }
    for (key, names) in lists {
      let text = try names.lazy.compactMap { try record.text($0) }.first ?? ""
      let people = known(text).split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      members.append((key, .array(people.filter { !$0.isEmpty }.map(JSONValue.string))))
    }
    return JSONWriter.text(.object(JSONObject(members)), indent: nil)
  }

  /// Tables write what is missing as NaN.
  private static func known(_ text: String) -> String {
    let text = MedMCQAImport.oneLine(text)
    return text.lowercased() == "nan" ? "" : text
  }
}
