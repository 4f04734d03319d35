import TestFiles
import Testing
import Text

/// Fields that an answer depends on, and columns that say which answers are liked: nothing of them is trained away.
@Suite struct RecordCompanionTests {
  private func read(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) throws -> DataFile {
    try DataFile.parse(Array(text.utf8), path: name, as: reading)
  }

  private func problem(_ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()) -> String {
    let refused = refusal { _ = try read(text, name, reading) }
    if let refused { #expect(refused.status == 65 && !refused.text.contains("\n"), "\(refused.text)") }
    return refused?.text ?? "read"
  }

  private static let turns = #""messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]"#

  @Test(arguments: [
    (#"{"question": "2+2?", "choices": ["1", "4", "3"], "answer": 1}"#, "choices"),
    (#"{"article": "Tom went home.", "answer": "B", "question": "Where?", "options": ["school", "home"]}"#, "article"),
    (#"{"question": "Where?", "options": ["school", "home"], "answer": "B"}"#, "options"),
    (#"{"question": "Which?", "A": "x", "B": "y", "C": "z", "answer": "B"}"#, "A"),
    (#"{"question": "Which?", "option_a": "x", "option_b": "y", "answer": "B"}"#, "option_a"),
    (#"{"question": "Which?", "opa": "x", "opb": "y", "answer": "x"}"#, "opa"),
    (#"{"pre_text": "It was 5.", "table": [["a"], ["1"]], "question": "How much?", "answer": "5"}"#, "pre_text"),
    (#"{"table": [["a"], ["1"]], "question": "How much?", "answer": "5"}"#, "table"),
    (#"{"instruction": "Translate.", "input": "Good morning", "response": "Bonjour"}"#, "input"),
    (#"{"prompt": "Translate:", "input": "hello", "output": "bonjour"}"#, "prompt"),
    (#"{"prompt": "When?", "context": "in 2000", "completion": "2000"}"#, "context"),
    (#"{"instruction": "When?", "context": "in 2000", "output": "2000"}"#, "context"),
    (#"{"context": "The doc says 5.", MESSAGES}"#, "context"),
    (#"{"premise": "A man runs.", "question": "Does he move?", "answer": "yes"}"#, "premise"),
    (#"{"sql_context": "CREATE TABLE t (a INT)", "question": "How many?", "answer": "SELECT 1"}"#, "sql_context"),
    (#"{"transcript": "A: hi", "prompt": "Who greets?", "completion": "A"}"#, "transcript"),
    (
      #"{"Passages": ["p", "r"], "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}"#,
      "Passages"
    ),
  ])
  func whatAnAnswerDependsOnIsNotLeftOut(_ line: String, _ field: String) {
    let text = problem(line.replacing("MESSAGES", with: Self.turns))
    #expect(text.contains("line 1: field \(field) is not read, and what is answered may depend on it; "), "\(text)")
  }

  /// It stands in what is asked, is empty, says nothing, or writes out what is asked.
  @Test(arguments: [
    #"{"prompt": "in 2000. When?", "context": " in 2000. ", "completion": "2000"}"#,
    #"{"prompt": "When?", "context": "", "choices": [], "document": null, "completion": "2000"}"#,
    #"{"prompt": "When?", "document": 17, "completion": "2000"}"#,
    #"{"question": "Which? A: x B: y", "A": "x", "B": "y", "answer": "B"}"#,
    #"{"question": "Which of 1 and 4?", "choices": [1, 4], "answer": 4}"#,
    #"{"instruction": "Add.", "input": "1 2", "output": "3", "prompt": "Below is\n### Instruction:\nAdd.\n### Input:\n1 2\n###"}"#,
    #"{"prompt": "q", "prompt_id": "x", MESSAGES}"#,
  ])
  func whatIsThereAlreadyIsNotMissed(_ line: String) throws {
    #expect(try read(line.replacing("MESSAGES", with: Self.turns)).records.count == 1)
  }

  @Test func theFirstRecordsEmptyFieldDoesNotDecide() {
    let text = problem(
      #"{"instruction": "i", "context": "", "response": "a"}"# + "\n"
        + #"{"instruction": "i", "context": "c", "response": "a"}"#)
    #expect(text.contains("line 2: field context is not read"), "\(text)")
  }

  @Test func aPersonMayNameTheFieldsOrTheGroup() throws {
    let line = #"{"question": "q", "context": "c", "answer": "a"}"#
    let named = DataReading(promptField: "question", completionField: "answer")
    #expect(try read(line, "d.jsonl", named).findings.notes == ["fields not used: context (1)"])
    let groups = ["c", "d"].map { #"{"question": "q", "document": "\#($0)", "answer": "a"}"# }
    let grouped = try read(groups.joined(separator: "\n"), "d.jsonl", DataReading(groupField: "document"))
    #expect(grouped.records.map(\.group) == ["c", "d"])
  }

  @Test func aNumberIsThePlaceOfAnOption() {
    let text = problem(#"{"question": "Which? cat, dog", "choices": ["cat", "dog"], "answer": 1}"#)
    #expect(text.contains("field answer is 1, the place of one of choices; write what that option says"), "\(text)")
  }

  // MARK: Which fields to name

  @Test func questionAndResponseAreAPair() throws {
    let file = try read(#"{"id": "n", "system_prompt": "You are.", "question": "q", "response": "r"}"#)
    #expect(file.detected == "prompt/completion (question → response), 1 example")
    #expect(file.findings.notes.contains("system texts from the field system_prompt (1)"))
  }

  /// Only names say what is asked, never the order of the fields.
  @Test(arguments: [
    #"{"premise": "A man eats.", "hypothesis": "He is hungry.", "label": "neutral"}"#,
    #"{"id": "1", "title": "t", "question": "q?", "answers": {"text": ["a"]}}"#, #"{"frage": "a", "antwort": "b"}"#,
  ])
  func nothingIsGuessedFromTheOrderOfFields(_ line: String) {
    let text = problem(line)
    #expect(text.contains("no form that is known") && !text.contains("(say"), "\(text)")
  }

  @Test(arguments: [
    "[{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}]",
    "[{'role': 'user'}\n {'role': 'assistant'}]", "array([{'role': 'user'}], dtype=object)", "{'from': ['human']}",
  ])
  func listsAsPythonPrintsThemAreNamed(_ list: String) {
    let text = problem("messages\n\"\(list)\"\n", "d.csv")
    #expect(text.contains("field messages is a list as Python prints it, not JSON; write the column with json.dumps"))
  }

  // MARK: Liked answers

  @Test(arguments: [
    ("d.csv", "prompt,completion,label\nq,a,True\nq,no,False\n", "line 3: has label with False"),
    ("d.csv", "prompt,completion,KTO_tag\nq,no,0\nq,a,1\n", "line 2: has KTO_tag with 0"),
    ("d.jsonl", #"{"prompt": "q", "completion": "no", "label": 0}"#, "line 1: has label with 0"),
    ("d.jsonl", #"{"instruction": "q", "output": "no", "kto_tag": "false"}"#, "line 1: has kto_tag with false"),
    ("d.jsonl", #"{MESSAGES, "label": 0.0}"#, "line 1: has label with 0.0"),
  ])
  func answersThatAreNotLikedAreNotTrained(_ name: String, _ text: String, _ reason: String) {
    let found = problem(text.replacing("MESSAGES", with: Self.turns), name)
    #expect(found.contains(reason) && found.contains("preference data (KTO)"), "\(found)")
  }

  /// A class, liked answers alone, a group, or fields that a person named.
  @Test func otherLabelsAreFieldsThatAreNotUsed() throws {
    let classes =
      #"{"prompt": "q", "completion": "a", "label": 0}"# + "\n" + #"{"prompt": "q", "completion": "b", "label": 2}"#
    #expect(try read(classes).findings.notes == ["fields not used: label (2)"])
    let liked = "prompt,completion,label\nq,a,1\n"
    #expect(try read(liked, "d.csv").findings.notes == ["fields not used: label (1)"])
    let rows = "prompt,completion,label\nq,a,0\nq,b,1\n"
    #expect(try read(rows, "d.csv", DataReading(groupField: "label")).records.map(\.group) == ["0", "1"])
    let named = DataReading(promptField: "prompt", completionField: "completion")
    #expect(try read(rows, "d.csv", named).records.count == 2)
  }
}
