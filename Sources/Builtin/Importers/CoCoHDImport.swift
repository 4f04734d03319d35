import Foundation
import Text

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
