import Foundation
import Text

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
