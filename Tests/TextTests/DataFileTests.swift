import Foundation
import Recipe
import TestFiles
import Testing
import Text

@Suite struct DataFileTests {
  private func read(_ text: String, _ name: String, _ reading: DataReading = DataReading()) throws -> DataFile {
    let folder = try TemporaryFolder()
    return try DataFile.read(try folder.write(text, name), as: reading)
  }

  private func turns(_ record: DataRecord) -> [String] {
    guard case .conversation(let messages) = record.body else { return [] }
    return messages.map { "\($0.role): \($0.content)" }
  }

  static let good = #"{"prompt": "p", "completion": "c"}"# + "\n"

  // MARK: Forms

  @Test func promptAndCompletion() throws {
    let text =
      "\u{FEFF}{\"prompt\": \"a\\n\", \"completion\": \"b\"}\r\n\r\n"
      + "{\"completion\": \"é 🙂\", \"extra\": [1], \"prompt\": \"\"}\n   \n{\"prompt\":\"x\",\"completion\":\"\\ud83d\\ude42\"}"
    let file = try read(text, "d.jsonl")
    #expect(
      file.records == [
        DataRecord(place: 1, body: .promptCompletion(prompt: "a\n", completion: "b")),
        DataRecord(place: 3, body: .promptCompletion(prompt: "", completion: "é 🙂")),
        DataRecord(place: 5, body: .promptCompletion(prompt: "x", completion: "🙂")),
      ])
    #expect(file.detected == "prompt/completion, 3 examples" && file.container == .jsonl)
    let renamed = try read(
      #"{"question": "q", "answer": "a"}"#, "r.jsonl", DataReading(promptField: "question", completionField: "answer"))
    #expect(renamed.records == [DataRecord(place: 1, body: .promptCompletion(prompt: "q", completion: "a"))])
  }

  @Test func messages() throws {
    let line =
      #"{"id": 1, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}"#
    let file = try read(String(repeating: line + "\n", count: 1204), "m.jsonl")
    #expect(file.detected == "messages, 1 204 conversations")
    #expect(turns(file.records[1203]) == ["system: s", "user: q", "assistant: a"])
  }

  @Test func alpaca() throws {
    let text = """
      [ {"instruction": "Add.", "input": "1 2", "output": "3"},
        {"instruction": "Greet.", "input": "", "output": "Hi", "system": "Be kind."},
        {"instruction": "Nod.", "output": "*nods*"}
      ]
      """
    let file = try read(text, "a.json")
    #expect(file.detected == "Alpaca, 3 examples" && file.container == .json)
    #expect(turns(file.records[0]) == ["user: Add.\n1 2", "assistant: 3"])
    #expect(turns(file.records[1]) == ["system: Be kind.", "user: Greet.", "assistant: Hi"])
    #expect(file.records.map(\.place) == [1, 2, 3])
  }

  @Test func shareGPT() throws {
    let text = """
      {"version": [1], "train": [{"conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "q"},
      {"from": "gpt", "value": "a"}]}], "count": 1}
      """
    let file = try read(text, "s.json")
    #expect(file.detected == "ShareGPT, 1 conversation")
    #expect(turns(file.records[0]) == ["system: s", "user: q", "assistant: a"])
  }

  @Test(arguments: [",", ";", "\t"])
  func csv(_ delimiter: String) throws {
    let rows = [
      ["id", "prompt", "completion"], ["1", "\"two\r\nlines, \"\"quoted\"\"; and more\"", "c"], ["2", "", "\"\""],
    ]
    let text = "\u{FEFF}" + rows.map { $0.joined(separator: delimiter) }.joined(separator: "\r\n") + "\r\n\r\n"
    for name in ["d.csv", "d.txt"] {
      let file = try read(text, name)
      #expect(file.container == .csv)
      #expect(
        file.records == [
          DataRecord(
            place: 2, body: .promptCompletion(prompt: "two\r\nlines, \"quoted\"; and more", completion: "c")),
          DataRecord(place: 4, body: .promptCompletion(prompt: "", completion: "")),
        ])
    }
  }

  @Test(arguments: [
    ("d.csv", "id,Question,Answer\n1,q,a\n", "Question → Answer"),
    ("d.jsonl", #"{"input": "q", "output": "a"}"#, "input → output"),
    ("d.jsonl", #"{"prompt": "q", "response": "a", "id": 3}"#, "prompt → response"),
    ("d.json", #"[{"instruction": "q", "response": "a"}]"#, "instruction → response"),
    ("d.tsv", "PROMPT\tCompletion\nq\ta", "PROMPT → Completion"),
  ])
  func usualNamesAreTold(_ name: String, _ text: String, _ names: String) throws {
    let file = try read(text, name)
    #expect(file.records.map(\.body) == [.promptCompletion(prompt: "q", completion: "a")])
    #expect(file.detected == "prompt/completion (\(names)), 1 example")
    #expect(file.form == .promptCompletion)
  }

  /// What else an answer depends on is no side issue.
  @Test(arguments: ["context", "Passage", "document"])
  func usualNamesBesideOthersAreLeftToThePerson(_ other: String) throws {
    let text = #"{"question": "q", "\#(other)": "c", "answer": "a"}"#
    let refused = try #require(refusal { _ = try read(text, "d.jsonl") })
    #expect(refused.text.contains("line 1: field \(other) is not read, and what is answered may"), "\(refused.text)")
    let told = try read(text, "d.jsonl", DataReading(promptField: "question", completionField: "answer"))
    #expect(told.detected == "prompt/completion (question → answer), 1 example")
  }

  @Test func aGivenFormIsTaken() throws {
    let both = #"{"messages": [{"role": "assistant", "content": "a"}], "instruction": "i", "output": "o"}"#
    #expect(try read(both, "b.jsonl").form == .messages)
    #expect(try read(both, "b.jsonl", DataReading(form: .alpaca)).form == .alpaca)
    #expect(
      try read(both, "b.jsonl", DataReading(promptField: "instruction", completionField: "output")).form
        == .promptCompletion)
  }

  // MARK: Refusals

  @Test(arguments: [
    (String(repeating: good, count: 16) + "{oops", "d.jsonl: line 17: not JSON"),
    (good + #"{"prompt": "p"}"#, "line 2: no field completion; the line has prompt"),
    (good + #"{"prompt": {"a": 3}, "completion": "c"}"#, "line 2: field prompt is an object, not a string"),
    (good + #"{"prompt": "p", "completion": null}"#, "line 2: field completion is null"),
    (good + #"{"prompt": "p", "prompt": "q", "completion": "c"}"#, "line 2: field prompt stands twice"),
    (good + "[1]", "line 2: a list, not an object"), ("", "has no examples"), ("\n \n", "has no examples"),
    (good + good.dropLast() + good, "line 2: not JSON"),
    (good + #"{"messages": [{"role": "assistant", "content": "x"}]}"#, "line 2: has the form messages"),
    (#"{"text": "t"}"#, "line 1: has text, which is no form that is known"), ("{}", "line 1: has no fields"),
    (#"{"messages": []}"#, "no turn of the assistant"), (#"{"messages": 3}"#, "field messages is a number, not a list"),
    (#"{"messages": [{"role": "assistant"}]}"#, "turn 1 has no content"),
    (#"{"messages": [{"role": "assistant", "content": {}}]}"#, "turn 1 has content that is an object"),
    (#"{"messages": [{"content": "x"}]}"#, "turn 1 has no role"), (#"{"messages": ["x"]}"#, "turn 1 is a string"),
    (#"{"conversations": [{"from": "alien", "value": "x"}]}"#, "turn 1 is from alien"),
    (#"{"instruction": "i", "output": {}}"#, "field output is an object"),
  ])
  func refusesWithTheLine(_ text: String, _ message: String) throws {
    let refused = try #require(refusal { _ = try read(text, "d.jsonl") })
    #expect(refused.text.contains(message), "\(refused.text)")
    #expect(refused.text.contains("d.jsonl: ") && !refused.text.contains("\n"))
    #expect(refused.status == 65)
  }

  @Test(arguments: [
    (
      "d.json", "[{\"prompt\": \"p\",\n\"completion\": \"c\"},\n{\"prompt\": {},\n\"completion\": \"c\"}]",
      "line 3: item 2: field prompt"
    ),
    ("d.json", "[{\"prompt\": \"p\",\n\"completion\": c}]", "line 2: not JSON: column 15"),
    ("d.json", "[[\"q\", \"a\"],\n c]", "line 2: not JSON: column 2"),
    ("d.json", "[]", "has no examples"),
    ("d.json", "{\"rows\": []}\n", "line 1: has rows"), ("d.json", "[1]", "item 1 is a number"),
    ("d.json", "{\n\"rows\": []}\n", "without a list data or train"),
    ("d.csv", "prompt,completion\na,b\nc\n", "line 3: has 1 fields, but the header has 2"),
    ("d.csv", "prompt,completion\na,\"b\nc\n", "line 2: a field in quotation marks"),
    ("d.csv", "prompt,completion\na,\"b\"x\n", "line 2: text after a closing quotation mark"),
    ("d.csv", "prompt,prompt\na,b\n", "line 1: the column prompt stands twice"),
    ("d.csv", "frage,antwort\na,b\n", "line 2: has frage, antwort"),
    ("d.csv", "system,user,assistant\ns,a,b\n", "(say, --prompt-field user --completion-field assistant)"),
    ("d.jsonl", #"{"text": "t"}"#, "the completion of an empty prompt, with --chat-template none"),
    (
      "d.jsonl", #"{"messages": [{"role": "assistant", "content": "a"}], "tools": [{"name": "f"}]}"#,
      "line 1: field tools is not read"
    ),
    ("d.csv", "prompt,completion\n", "has no examples"),
  ])
  func refusesOtherFiles(_ name: String, _ text: String, _ message: String) throws {
    let refused = try #require(refusal { _ = try read(text, name) })
    #expect(refused.text.contains(message), "\(refused.text)")
    #expect(refused.status == 65)
  }

  @Test func invalidUTF8IsPlaced() throws {
    let folder = try TemporaryFolder()
    for wrong in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
      let bytes = Array(Self.good.utf8) + Array(#"{"prompt": ""#.utf8) + wrong + Array(#"", "completion": "c"}"#.utf8)
      let file = try folder.write(bytes, "d.jsonl")
      let refused = try #require(refusal { _ = try DataFile.read(file) })
      #expect(refused.text.contains("line 2"), "\(refused.text)")
      #expect(refused.text.contains("byte 13 of the line"))
      #expect(refused.text.contains("byte \(Self.good.utf8.count + 12) of the file"))
    }
    let wide = try folder.write(Array(Self.good.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }), "w.jsonl")
    #expect(refusal { _ = try DataFile.read(wide) }?.text.contains("UTF-16") == true)
    let marked = try folder.write(
      [0xFF, 0xFE] + Self.good.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, "m.csv")
    #expect(refusal { _ = try DataFile.read(marked) }?.text.contains("save the file as UTF-8") == true)
  }

  @Test func missingFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    #expect(refusal { _ = try DataFile.read(folder.url.appendingPathComponent("no.jsonl")) }?.status == 66)
    #expect(refusal { _ = try DataFile.read(folder.url) }?.status == 66)
  }

  /// Mutations of good files are read or refused in one line.
  @Test func mutatedFilesNeverTrap() throws {
    var generator = SplitMix64(seed: 11)
    let conversation = #"{"conversations": [{"from": "human", "value": "q\u00e9"}, {"from": "gpt", "value": "a"}]}"#
    let originals: [(String, String)] = [
      ("a.jsonl", String(repeating: Self.good, count: 3)), ("b.jsonl", conversation + "\n" + conversation),
      ("c.json", "{\"data\": [\(conversation), \(conversation)]}"),
      ("d.csv", "prompt;completion\n\"a\"\"b\n\";c\nd;\"e\"\n"), ("e.json", "[" + Self.good + "]"),
    ]
    var kept = 0
    for round in 0..<3000 {
      let (name, text) = originals[round % originals.count]
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        }
      }
      let refused = refusal {
        _ = try DataFile.parse(bytes, path: name)
        kept += 1
      }
      if let refused { #expect(refused.status == 65 && refused.text.hasPrefix(name), "\(refused.text)") }
    }
    #expect(kept > 100)
  }
}
