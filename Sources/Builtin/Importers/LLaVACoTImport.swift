import Foundation
import Text

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
