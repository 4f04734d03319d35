import Foundation
import TestFiles
import Testing
import Text

/// What a record says, kind by kind: it is read as its author meant it, or refused with its place and reason.
@Suite struct DataRecordTests {
  func read(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) throws -> DataFile {
    try DataFile.parse(Array(text.utf8), path: name, as: reading)
  }

  func problem(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) -> String {
    let refused = refusal { _ = try read(text, name, reading) }
    if let refused {
      #expect(refused.status == 65 && !refused.text.contains("\n"), "\(refused.text)")
    }
    return refused?.text ?? "read"
  }

  /// `q → a`, or turn by turn `user: q | assistant: a`; `assistant-` is not learned.
  func said(_ record: DataRecord) -> String {
    switch record.body {
    case .promptCompletion(let prompt, let completion): "\(prompt) → \(completion)"
    case .conversation(let turns):
      turns.map { "\($0.role)\($0.carriesLoss ? "" : "-"): \($0.content)" }.joined(separator: " | ")
    }
  }

  func messages(_ turns: String, _ rest: String = "") -> String {
    #"{"messages": [\#(turns)]\#(rest.isEmpty ? "" : ", \(rest)")}"#
  }

  static let asked = #"{"role": "user", "content": "q"}"#
  static let answer = #"{"role": "assistant", "content": "a"}"#

  // MARK: Parts

  @Test(arguments: [
    (#"[{"type": "text", "text": "Q"}, {"type": "text", "text": " and more"}]"#, "Q and more"),
    (#"["Q!"]"#, "Q!"), (#"[{"type": "input_text", "text": "Q"}]"#, "Q"),
    (#"[{"type": "text", "content": "Q"}, {"type": "text", "value": 4.0}]"#, "Q4.0"), ("[]", ""),
    (
      #"[{"type": "text", "text": "Q", "cache_control": {"type": "ephemeral"}, "image": null}]"#,
      "Q"
    ),
  ])
  func partsOfTextAreOneText(_ parts: String, _ text: String) throws {
    let every = [
      messages(#"{"role": "user", "content": \#(parts)}, {"role": "assistant", "content": "A"}"#):
        "user: \(text) | assistant: A",
      messages(#"\#(Self.asked), {"role": "assistant", "content": \#(parts)}"#):
        "user: q | assistant: \(text)",
      #"{"conversations": [{"from": "human", "value": \#(parts)}, {"from": "gpt", "value": \#(parts)}]}"#:
        "user: \(text) | assistant: \(text)",
      #"{"prompt": \#(parts), "completion": "A"}"#: "\(text) → A",
      #"{"prompt": "q", "completion": \#(parts)}"#: "q → \(text)",
      #"{"instruction": "I", "input": \#(parts), "output": \#(parts)}"#:
        "user: I\(text.isEmpty ? "" : "\n\(text)") | assistant: \(text)",
    ]
    for (line, right) in every {
      let record = try read(line).records[0]
      #expect(said(record) == right)
      guard case .conversation(let turns) = record.body else { continue }
      // A template that knows only strings gets strings.
      for turn in turns { #expect(turn.fields["content"]?.string != nil) }
    }
  }

  @Test(arguments: [
    (
      #"[{"type": "input_audio", "input_audio": {}}]"#,
      "part 1 has the type input_audio, which is not read"
    ),
    (
      #"[{"type": "text", "text": "a"}, {"type": "video", "video": "v.mp4"}]"#,
      "part 2 has the type video"
    ),
    (#"[{"type": "thinking", "thinking": "hm"}]"#, "part 1 has the type thinking"),
    (
      #"["good", "bad"]"#,
      "is a list of 2 texts, and which of them is meant, or all, cannot be told"
    ), ("[7]", "part 1 is a number"),
    (#"[{"type": "text"}]"#, "part 1 has no text"),
    (#"[{"type": 3, "text": "a"}]"#, "part 1 has the type no string"),
    (#"[{"type": "text", "text": {"a": 1}}]"#, "part 1 has text that is an object"),
    (#"{"text": "a"}"#, "is an object"),
  ])
  func otherPartsAreRefused(_ parts: String, _ reason: String) {
    for (line, place) in [
      (
        messages(#"\#(Self.asked), {"role": "assistant", "content": \#(parts)}"#),
        "line 1: messages: turn 2"
      ),
      (
        #"{"conversations": [{"from": "human", "value": \#(parts)}]}"#,
        "line 1: conversations: turn 1"
      ),
      (#"{"prompt": "q", "completion": \#(parts)}"#, "line 1: field completion"),
      (#"{"instruction": \#(parts), "output": "A"}"#, "line 1: field instruction"),
    ] {
      let text = problem(line)
      #expect(text.contains(place) && text.contains(reason), "\(text)")
    }
  }

  // MARK: Numbers

  @Test(arguments: [
    ("4", "4"), ("4.0", "4.0"), ("-0", "-0"), ("1e3", "1e3"), ("1.50", "1.50"), ("true", "true"),
    ("false", "false"),
    ("12345678901234567890123", "12345678901234567890123"), ("0.1E-2", "0.1E-2"),
  ])
  func numbersAreReadAsTheyAreWritten(_ number: String, _ text: String) throws {
    let note = "1 with numbers or true and false for text, read as they are written"
    for (line, right) in [
      (#"{"prompt": "2+2?", "completion": \#(number)}"#, "2+2? → \(text)"),
      (#"{"prompt": \#(number), "completion": "a"}"#, "\(text) → a"),
      (
        #"{"instruction": "i", "input": \#(number), "output": \#(number)}"#,
        "user: i\n\(text) | assistant: \(text)"
      ),
      (
        messages(#"\#(Self.asked), {"role": "assistant", "content": \#(number)}"#),
        "user: q | assistant: \(text)"
      ),
      (
        #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": \#(number)}]}"#,
        "user: q | assistant: \(text)"
      ),
    ] {
      let file = try read(line)
      #expect(said(file.records[0]) == right)
      #expect(file.findings.notes == [note + " (line 1)"])
      #expect(try read("[\(line)]", "d.json").findings.notes == [note + " (item 1)"])
    }
    // A column holds text.
    let column = try read(
      "prompt,completion\nq,\(number)\nq,007\nq,None\nq,NA\nq,null\nq,True\n", "d.csv")
    #expect(
      column.records.map(said) == [
        "q → \(text)", "q → 007", "q → None", "q → NA", "q → null", "q → True",
      ])
    #expect(column.findings.notes.isEmpty)
  }

  // MARK: Findings

  @Test func emptySidesAreCounted() throws {
    let file = try read(
      """
      {"prompt": "a", "completion": ""}
      {"prompt": "", "completion": "x"}
      {"prompt": " ", "completion": "\\n"}
      {"prompt": "a", "completion": "x"}
      """)
    #expect(file.records.count == 4)
    #expect(file.findings.emptyAnswers == [1, 3] && file.findings.emptyQuestions == [2, 3])
    #expect(
      file.findings.notes == [
        "2 with an empty answer, which teaches at most to stop at once (lines 1, 3)",
        "2 with an empty question (lines 2, 3)",
      ])
    #expect(try read("prompt,completion\nEmpty?,\nNot?,x\n", "d.csv").findings.emptyAnswers == [2])
    #expect(
      try read(messages(#"\#(Self.asked), {"role": "assistant", "content": []}"#)).findings
        .emptyAnswers == [1])
    #expect(
      try read(#"{"instruction": "", "input": "", "output": ""}"#).findings.emptyQuestions == [1])
    #expect(
      try said(read(#"{"instruction": "", "input": "i", "output": "o"}"#).records[0])
        == "user: i | assistant: o")
  }

  @Test func fieldsThatAreNotUsedAreCounted() throws {
    let file = try read(
      """
      {"id": 7, "prompt": "q", "completion": "a", "source": "web", "empty": null, "none": ""}
      {"id": 8, "prompt": "q", "completion": "a", "tags": ["x"], "list": []}
      """)
    #expect(file.findings.notes == ["fields not used: id (2), source (1), tags (1)"])
    let turns = try read(
      #"{"id": "x", "conversations": [{"from": "human", "value": "q", "markdown": 1}, {"from": "gpt", "value": "a", "text": null}]}"#
    )
    #expect(turns.findings.notes == ["fields not used: id (1), conversations[].markdown (1)"])
    #expect(
      try read("id,prompt,completion\n1,q,a\n", "d.csv").findings.notes == [
        "fields not used: id (1)"
      ])
  }

  @Test(arguments: [
    (#"{"system": "s", "prompt": "q", "completion": "a"}"#, "system: s | user: q | assistant: a"),
    (
      #"{"system_prompt": "s", "question": "q", "answer": "a"}"#,
      "system: s | user: q | assistant: a"
    ),
    (#"{"System": "s", "messages": [Q, A]}"#, "system: s | user: q | assistant: a"),
    (#"{"system": "s", "conversations": [Q, A]}"#, "system: s | user: q | assistant: a"),
    (#"{"system": "s", "prompt": [Q], "completion": [A]}"#, "system: s | user: q | assistant: a"),
    (#"{"system": "s", "instruction": "q", "output": "a"}"#, "system: s | user: q | assistant: a"),
    (
      #"{"system": "s", "messages": [{"role": "system", "content": "s"}, Q, A]}"#,
      "system: s | user: q | assistant: a"
    ),
    (#"{"system": "", "prompt": "q", "completion": "a"}"#, "q → a"),
    (#"{"system": null, "messages": [Q, A]}"#, "user: q | assistant: a"),
    (
      #"{"history": [["x", "y"]], "instruction": "q", "output": "a"}"#,
      "user: x | assistant: y | user: q | assistant: a"
    ),
    (
      #"{"history": [["x", "y"]], "system": "s", "query": "q", "response": "a"}"#,
      "system: s | user: x | assistant: y | user: q | assistant: a"
    ),
    (#"{"history": [], "instruction": "q", "output": "a"}"#, "user: q | assistant: a"),
  ])
  func systemTextsAndHistoriesBesideAreRead(_ line: String, _ right: String) throws {
    let file = try read(
      line.replacing("Q", with: Self.asked).replacing("A]", with: Self.answer + "]"))
    #expect(said(file.records[0]) == right)
    let told = file.findings.notes.joined(separator: "; ")
    #expect(
      told.contains("system texts from the field ")
        == (right.hasPrefix("system") && !line.contains(#""role""#)),
      "\(told)")
    #expect(!told.contains("not used"), "\(told)")
  }

  @Test func systemTextsThatContradictAreRefused() {
    #expect(
      problem(
        messages(
          #"{"role": "system", "content": "t"}, \#(Self.asked), \#(Self.answer)"#, #""system": "s""#
        )
      )
      .contains("field system and the system turn say different things"))
    #expect(
      problem(#"{"history": "long ago", "instruction": "q", "output": "a"}"#).contains(
        "field history is not a list of pairs"))
    #expect(
      problem(#"{"history": [["q"]], "instruction": "q", "output": "a"}"#).contains(
        "field history is not a list"))
  }

  /// One record with line separators that are no line ends; halves of pairs become U+FFFD, and it is said.
  @Test func separatorsAndLoneSurrogates() throws {
    let file = try read("{\"prompt\": \"a\u{2028}b\", \"completion\": \"c\u{85}d\"}\n")
    #expect(file.records.map(said) == ["a\u{2028}b → c\u{85}d"] && file.findings.notes.isEmpty)
    let halves = try read(
      #"{"prompt": "hi \ud83d", "completion": "ok \ude00 \ud83d\ude00"}"# + "\n"
        + #"{"prompt": "\ud83d\ude00", "completion": "\ufffd"}"#)
    #expect(halves.records.map(said) == ["hi \u{FFFD} → ok \u{FFFD} 😀", "😀 → \u{FFFD}"])
    #expect(halves.findings.loneSurrogates == [1])
    #expect(
      halves.findings.notes == [
        "1 with half of a surrogate pair, which no text can hold: read as U+FFFD (line 1)"
      ])
    let list = try read(
      #"[{"prompt": "a", "completion": "b"}, {"prompt": [{"text": "\udc00"}], "completion": "b"}]"#,
      "d.json")
    #expect(list.findings.loneSurrogates == [2])
  }

  /// Text is text: nothing in data is a template.
  @Test func placeholdersStay() throws {
    let file = try read(
      #"[{"instruction": "hi", "input": "", "output": "I am {{name}}, by {{author}}. {% if x %}"}]"#,
      "identity.json")
    #expect(
      file.records.map(said) == ["user: hi | assistant: I am {{name}}, by {{author}}. {% if x %}"])
  }

  /// As a column holds them, and as schemas that know no unions write them.
  @Test func turnsAsText() throws {
    let list =
      #"[{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": null}]"#
    let quoted = list.replacing("\"", with: "\"\"")
    let file = try read("id,messages\n1,\"\(quoted)\"\n", "d.csv")
    #expect(file.records.map(said) == ["user: q | assistant: a"])
  }

  @Test func turnsThatAreNotLearnedStayNotLearned() throws {
    let turns = [
      ChatMessage(role: "user", content: "q"),
      ChatMessage(role: "assistant", content: "a", carriesLoss: false),
      ChatMessage(role: "assistant", content: "b"),
    ]
    let stored = try JSONDecoder().decode([ChatMessage].self, from: try JSONEncoder().encode(turns))
    #expect(stored == turns)
    // What an earlier version wrote is learned.
    let old = try JSONDecoder().decode(
      [ChatMessage].self, from: Data(#"["{\"role\": \"assistant\", \"content\": \"a\"}"]"#.utf8))
    #expect(old == [ChatMessage(role: "assistant", content: "a")])
  }
}

extension DataRecord {
  /// Of a conversation; nil of a prompt with its completion.
  var turns: [ChatMessage]? { if case .conversation(let turns) = body { turns } else { nil } }
}
