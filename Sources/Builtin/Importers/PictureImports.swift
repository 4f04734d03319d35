import Foundation
import Text

/// Invoices as the study describes them: a folder of pictures, each with one JSON object of the same name beside it.
enum InvoiceImport {
  private static let pictures = ["png", "jpg", "jpeg"]

  /// Pictures with a JSON file beside them, by that file.
  static func draft(of file: URL, leftOut: inout LeftOut) throws -> ImportDraft? {
    let stem = file.deletingPathExtension()
    let image = pictures.flatMap { [$0, $0.uppercased()] }.map { stem.appendingPathExtension($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
    guard let image else {
      leftOut.add("without a picture")
      return nil
    }
    let record = try ObjectFile.object(file)
    return ImportDraft(
      place: 1, prompt: "\(ImagePrompt.placeholder)\nFields:",
      completion: " " + JSONWriter.text(.object(record.object), indent: nil),
      image: .file(path: image.path))
  }

  /// The columns of a table that may hold the fields, and what wraps them there.
  private static let columns = ["fields", "json", "parsed_data", "ground_truth", "annotation", "output"]
  private static let wrappers = ["gt_parse", "json"]

  static func accepts(_ record: ObjectRecord) -> Bool {
    record.has("image") && columns.contains { record.has($0) }
  }

  /// Rows with a picture in column `image` and the fields as a JSON object, or its text, in another.
  static func drafts(of table: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    var drafts: [ImportDraft] = []
    for record in try ObjectFile.read(table).records {
      guard let image = try record.picture("image", in: table.deletingLastPathComponent()) else {
        leftOut.add("without a picture")
        continue
      }
      guard let fields = columns.lazy.compactMap({ record.value($0).flatMap(object) }).first else {
        leftOut.add("without fields")
        continue
      }
      drafts.append(
        ImportDraft(
          place: record.place, prompt: "\(ImagePrompt.placeholder)\nFields:",
          completion: " " + JSONWriter.text(.object(fields), indent: nil), image: image))
    }
    return drafts
  }

  private static func object(_ value: JSONValue) -> JSONObject? {
    let found = value.object ?? value.string.flatMap { try? JSONParser.parse(Array($0.utf8)).object }
    guard let found, found.members.count <= 3, let inner = wrappers.lazy.compactMap({ found.value($0) }).first else {
      return found
    }
    return object(inner) ?? found
  }
}

/// LLaVA-CoT as published: `train.jsonl` with `image` and `conversations`, and the pictures in a folder beside it. Each question and its answer is
/// an example; the answers' stages stand in their own tags. In Parquet the pictures may stand in the rows themselves.
enum LLaVACoTImport {
  static func accepts(_ record: ObjectRecord) -> Bool { record.has("image") && record.has("conversations") }

  static func drafts(of file: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    var drafts: [ImportDraft] = []
    for record in try ObjectFile.read(file).records {
      guard let image = try record.picture("image", in: file.deletingLastPathComponent()) else {
        leftOut.add("without their picture in the folder")
        continue
      }
      guard let turns = record.value("conversations")?.array else { throw record.missing("conversations") }
      for (question, answer) in zip(turns, turns.dropFirst()) where speaker(question) == "human" {
        guard speaker(answer) == "gpt", let asked = text(question), let answered = text(answer) else { continue }
        let words = asked.replacingOccurrences(of: ImagePrompt.placeholder, with: "").trimmingCharacters(
          in: .whitespacesAndNewlines)
        drafts.append(
          ImportDraft(
            place: record.place, prompt: "\(ImagePrompt.placeholder)\nQuestion: \(words)\n", completion: answered,
            image: image))
      }
    }
    return drafts
  }

  private static func speaker(_ turn: JSONValue) -> String? { turn.object?["from"]?.string?.lowercased() }

  private static func text(_ turn: JSONValue) -> String? {
    turn.object?["value"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
