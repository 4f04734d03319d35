import Foundation
import HuggingFace

/// LLaVA-CoT as published: `train.jsonl` with `image` and `conversations`, and the pictures in a folder beside it. Each question and its answer is
/// an example; the answers' stages stand in their own tags.
enum LLaVACoTImport {
  private static let placeholder = "<image>"

  static func accepts(_ record: ObjectRecord) -> Bool { record.has("image") && record.has("conversations") }

  static func drafts(of file: URL, leftOut: inout LeftOut) throws -> [ImportDraft] {
    var drafts: [ImportDraft] = []
    for record in try ObjectFile.read(file).records {
      let name = try record.string("image")
      guard let image = picture(name, beside: file) else {
        leftOut.add("without its picture")
        continue
      }
      guard let turns = record.value("conversations")?.array else { throw record.missing("conversations") }
      for (question, answer) in zip(turns, turns.dropFirst()) where speaker(question) == "human" {
        guard speaker(answer) == "gpt", let asked = text(question), let answered = text(answer) else { continue }
        let words = asked.replacingOccurrences(of: placeholder, with: "").trimmingCharacters(
          in: .whitespacesAndNewlines)
        drafts.append(
          ImportDraft(
            place: record.place, prompt: "\(placeholder)\nQuestion: \(words)\nAnswer:", completion: " " + answered,
            image: image))
      }
    }
    return drafts
  }

  private static func speaker(_ turn: JSONValue) -> String? { turn.object?["from"]?.string?.lowercased() }

  private static func text(_ turn: JSONValue) -> String? {
    turn.object?["value"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// In the file's own folder, or in the one that the archive makes there; a name that leads out of them names nothing.
  private static func picture(_ name: String, beside file: URL) -> URL? {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.first?.isEmpty == false, !parts.contains(where: { $0.elementsEqual("..".utf8) }) else { return nil }
    let folder = file.deletingLastPathComponent()
    return ["", "image", "images"].map { $0.isEmpty ? folder : folder.appendingPathComponent($0) }
      .map { $0.appendingPathComponent(name) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
