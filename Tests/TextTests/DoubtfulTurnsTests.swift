import TestFiles
import Testing
import Text

/// What a turn may say otherwise than it means is refused or told.
@Suite struct DoubtfulTurnsTests {
  private func read(_ text: String, _ name: String = "d.jsonl") throws -> DataFile {
    try DataFile.parse(Array(text.utf8), path: name)
  }

  /// `json.loads` takes the last of two without a word: the user's turn would be the assistant's.
  @Test(arguments: [
    (#"{"messages": [{"role": "user", "role": "assistant", "content": "b"}]}"#, "messages: turn 1 has role twice"),
    (
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "content": "b"}]}"#,
      "messages: turn 2 has content twice"
    ),
    (
      #"{"conversations": [{"from": "human", "from": "gpt", "value": "q"}, {"from": "gpt", "value": "a"}]}"#,
      "conversations: turn 1 has from twice"
    ),
    (
      #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "text": "b"}]}, {"role": "assistant", "content": "a"}]}"#,
      "messages: turn 1 has text twice"
    ),
    (
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1, "x": 2}}}]}]}"#,
      "messages: turn 2 has x twice"
    ),
    (
      #"{"prompt": [{"type": "text", "text": "a", "text": "b"}], "completion": "a"}"#,
      "field prompt: part 1 has text twice"
    ),
  ])
  func namesThatStandTwiceAreRefused(_ line: String, _ words: String) {
    let refused = refusal { _ = try read(line) }
    #expect(
      refused?.status == 65 && refused?.text.contains("d.jsonl: line 1: \(words)") == true, "\(refused?.text ?? "")")
  }

  @Test func listsOfPartsThatWereMadeTextAreTold() throws {
    let json = #"[{\"type\": \"text\", \"text\": \"q\"}]"#
    let python = "[{'type': 'text', 'text': 'q'}]"
    let note = "1 with a list of content parts written as text, which is taken as it stands (line 1)"
    for text in [json, python, "  " + json] {
      let turns = #"{"messages": [{"role": "user", "content": "\#(text)"}, {"role": "assistant", "content": "a"}]}"#
      #expect(try read(turns).findings.notes == [note])
      #expect(try read(#"{"prompt": "q", "completion": "\#(text)"}"#).findings.notes == [note])
    }
    for text in ["[1, 2]", "[]", #"[{\"a\": 1}]"#, "[{", #"{\"type\": \"text\", \"text\": \"q\"}"#] {
      #expect(try read(#"{"prompt": "q", "completion": "\#(text)"}"#).findings.notes.isEmpty)
    }
  }

  @Test func nullInTheArgumentsOfCallsIsTold() throws {
    func line(_ arguments: String) -> String {
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": "#
        + #"[{"function": {"name": "f", "arguments": \#(arguments)}}]}]}"#
    }
    for arguments in [#"{"a": 1, "b": null}"#, #"{"a": {"b": [null]}}"#] {
      let notes = try read(line(arguments)).findings.notes
      #expect(notes.count == 1 && notes[0].hasPrefix("1 with calls whose arguments hold null") == true, "\(notes)")
    }
    #expect(try read(line(#"{"a": 1}"#)).findings.notes.isEmpty)
  }

  /// One list of a document is read; that there are others is said.
  @Test(arguments: [false, true]) func otherListsOfADocumentAreTold(_ isIndented: Bool) throws {
    let pair = #"{"prompt": "q", "completion": "a"}"#
    let text = #"{"test": [\#(pair), \#(pair)], "train": [\#(pair)], "names": ["x"], "version": "1"}"#
    let file = try read(isIndented ? text.replacing("], ", with: "],\n") : text, "d.json")
    #expect(file.records.count == 1 && file.findings.notes == ["lists of the document that are not read: test (2)"])
  }

  @Test(arguments: ["tool_schema", "tool_definition", "function_description", "Tools_JSON"])
  func toolsUnderOtherNamesAreRefused(_ name: String) {
    let line = #"{"\#(name)": [{"name": "f"}], "prompt": "q", "completion": "a"}"#
    #expect(
      refusal { _ = try read(line) }?.text.contains("field \(name) is not read, and the prompt would lack") == true)
  }

  @Test(arguments: ["System Prompt", "systemPrompt", "system-message", "sys_prompt", "system_instruction"])
  func systemTextsAreKnownByTheirOtherNames(_ name: String) throws {
    let file = try read(#"{"\#(name)": "s", "prompt": "q", "completion": "a"}"#)
    #expect(file.findings.notes == ["system texts from the field \(name) (1)"])
    guard case .conversation(let turns) = file.records[0].body else {
      Issue.record("no conversation")
      return
    }
    #expect(turns.map(\.role) == ["system", "user", "assistant"] && turns[0].content == "s")
  }
}
