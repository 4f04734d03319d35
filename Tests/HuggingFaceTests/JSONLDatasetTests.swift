import Foundation
import HuggingFace
import Testing

@Suite struct JSONLDatasetTests {
  @Test func readsLines() throws {
    let folder = try TemporaryFolder()
    let text =
      "\u{FEFF}{\"prompt\": \"a\\n\", \"completion\": \"b\"}\r\n\r\n"
      + "{\"completion\": \"é 🙂\", \"extra\": [1], \"prompt\": \"\"}\n   \n{\"prompt\":\"x\",\"completion\":\"\\ud83d\\ude42\"}"
    let file = try folder.write(text, "d.jsonl")
    #expect(
      try JSONLDataset.read(file) == [
        PromptCompletion(prompt: "a\n", completion: "b", line: 1),
        PromptCompletion(prompt: "", completion: "é 🙂", line: 3),
        PromptCompletion(prompt: "x", completion: "🙂", line: 5),
      ])
    let renamed = try folder.write(#"{"question": "q", "answer": "a"}"#, "r.jsonl")
    #expect(try JSONLDataset.read(renamed, promptField: "question", completionField: "answer").count == 1)
  }

  static let good = #"{"prompt": "p", "completion": "c"}"# + "\n"

  @Test(arguments: [
    (String(repeating: good, count: 16) + "{oops", "line 17: not JSON", 65),
    (good + #"{"prompt": "p"}"#, "line 2: no field completion; the line has prompt", 65),
    (good + #"{"prompt": 3, "completion": "c"}"#, "line 2: field prompt is a number, not a string", 65),
    (good + #"{"prompt": "p", "completion": null}"#, "line 2: field completion is null", 65),
    (good + "[1]", "line 2: a list, not an object", 65), ("", "has no examples", 65), ("\n \n", "has no examples", 65),
    (good + good.dropLast() + good, "line 2: not JSON", 65),
  ])
  func refusesWithTheLine(_ text: String, _ message: String, _ status: Int32) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, "d.jsonl")
    let refused = try #require(refusal { _ = try JSONLDataset.read(file) })
    #expect(refused.text.contains(message), "\(refused.text)")
    #expect(refused.text.contains("d.jsonl"))
    #expect(refused.status == status)
  }

  @Test func invalidUTF8IsPlaced() throws {
    let folder = try TemporaryFolder()
    for wrong in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
      let bytes = Array(Self.good.utf8) + Array(#"{"prompt": ""#.utf8) + wrong + Array(#"", "completion": "c"}"#.utf8)
      let file = try folder.write(bytes, "d.jsonl")
      let refused = try #require(refusal { _ = try JSONLDataset.read(file) })
      #expect(refused.text.contains("line 2"), "\(refused.text)")
      #expect(refused.text.contains("byte 13 of the line"))
      #expect(refused.text.contains("byte \(Self.good.utf8.count + 12) of the file"))
    }
  }

  @Test func missingFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    #expect(refusal { _ = try JSONLDataset.read(folder.url.appendingPathComponent("no.jsonl")) }?.status == 66)
    #expect(refusal { _ = try JSONLDataset.read(folder.url) }?.status == 66)
  }
}
