import Foundation
import TestFiles
import Testing
import Text

/// What the turns of a conversation are: whose they are, the calls in them, and those of a prompt and its completion.
extension DataRecordTests {
  // MARK: Tools

  private static let everyForm = [
    #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], TOOLS}"#,
    #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], TOOLS}"#,
    #"{"conversation": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], TOOLS}"#,
    #"{"instruction": "q", "output": "a", TOOLS}"#, #"{"prompt": "q", "completion": "a", TOOLS}"#,
    #"{"question": "q", "answer": "a", TOOLS}"#,
    #"{"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}], TOOLS}"#,
  ]

  @Test(arguments: [
    #""tools": [{"type": "function", "function": {"name": "f"}}]"#,
    #""tools": "[{\"type\": \"function\"}]""#,
    #""tools": {"f": {}}"#, #""tools": "f(x): calls f""#, #""functions": [{"name": "f"}]"#,
    #""Tools": "[{}, {\"a\": 1}]""#,
    #""available_tools": ["f"]"#,
  ])
  func toolsAreRefusedInEveryForm(_ tools: String) {
    for form in Self.everyForm {
      let text = problem(form.replacing("TOOLS", with: tools))
      #expect(
        text.contains("line 1: field ")
          && text.contains("is not read, and the prompt would lack what"), "\(text)")
    }
  }

  @Test(arguments: [
    #""tools": []"#, #""tools": null"#, #""tools": """#, #""tools": "[]""#, #""tools": "null""#,
    #""tools": " [ ] ""#,
    #""functions": []"#, #""tools": {}"#, #""tools": "{}""#, #""functions": null, "tools": []"#,
  ])
  func noToolsAreNoTools(_ tools: String) throws {
    for form in Self.everyForm {
      let file = try read(form.replacing("TOOLS", with: tools))
      #expect(file.records.count == 1 && file.findings.notes.isEmpty, "\(file.findings.notes)")
    }
  }

  @Test func callsInTurns() throws {
    let call = #"[{"type": "function", "function": {"name": "f", "arguments": {"x": 1.50}}}]"#
    func turn(_ rest: String) -> String {
      messages(#"\#(Self.asked), {"role": "assistant", \#(rest)}"#)
    }
    for text in [
      turn(#""content": null, "tool_calls": \#(call)"#), turn(#""tool_calls": \#(call)"#),
    ] {
      let turns = try #require(try read(text).records[0].turns)
      #expect(
        turns[1].fields["tool_calls"]?.array?.count == 1 && turns[1].fields["content"] == .null)
    }
    // A list that a column or a schema made a text of is a list.
    let quoted = call.replacing("\"", with: "\\\"")
    let turns = try #require(try read(turn(#""content": "", "tool_calls": "\#(quoted)""#)).records[0].turns)
    #expect(turns[1].fields["tool_calls"]?.array?.count == 1)
    // Those that say nothing are not there for a template.
    for empty in ["null", "[]", "\"[]\"", "\"\""] {
      let file = try read(
        turn(#""content": "a", "tool_calls": \#(empty), "name": null, "function_call": null"#))
      let turns = try #require(file.records[0].turns)
      #expect(turns[1].fields.members.map(\.key) == ["role", "content"])
    }
    #expect(problem(turn(#""content": null"#)).contains("turn 2 has content that is null"))
    #expect(
      problem(turn(#""content": null, "tool_calls": []"#)).contains(
        "turn 2 has content that is null"))
    #expect(
      problem(turn(#""content": "", "tool_calls": "f(1)""#)).contains(
        "turn 2 has tool_calls that are a string"))
    #expect(
      problem(turn(#""content": "", "function_call": {"name": "f"}"#)).contains(
        "turn 2: field function_call"))
    #expect(
      problem(
        messages(
          #"{"role": "system", "content": "s", "tools": [{"name": "f"}]}, {"role": "assistant", "content": "a"}"#
        )
      )
      .contains("messages: turn 1: field tools is not read"))
    for name in ["function_call", "Function-Call", "tool_call"] {
      let text = problem(
        #"{"conversations": [{"from": "human", "value": "q"}, {"from": "\#(name)", "value": "{}"}, {"from": "observation", "value": "3"}, {"from": "gpt", "value": "a"}]}"#
      )
      #expect(
        text.contains("turn 2 is from \(name), and calls of tools are not read so"), "\(text)")
    }
    #expect(
      try said(
        read(
          #"{"conversations": [{"from": "human", "value": "q"}, {"from": "observation", "value": "3"}, {"from": "gpt", "value": "a"}]}"#
        ).records[0]) == "user: q | tool: 3 | assistant: a")
  }

  // MARK: Roles

  @Test(arguments: [
    ("user", "assistant"), ("User", "Assistant"), ("human", "gpt"), ("Human", "GPT"),
    ("HUMAN", "ChatGPT"),
    ("user", "model"),
    ("user", "bot"), ("user", "AI"), ("prompter", "assistant"), ("user ", " assistant"),
    ("human", "Bard"),
  ])
  func rolesInAnyWriting(_ asks: String, _ answers: String) throws {
    for (role, content, name) in [
      ("role", "content", "messages"), ("from", "value", "conversations"),
      ("role", "content", "conversations"),
      ("from", "value", "messages"), ("role", "value", "conversations"),
      ("from", "content", "conversation"),
    ] {
      // One turn as it is usual, one otherwise: each is who it is.
      let line =
        #"{"\#(name)": [{"\#(role)": "System", "\#(content)": "s"}, {"\#(role)": "user", "\#(content)": "q"}, "#
        + #"{"\#(role)": "assistant", "\#(content)": "a"}, {"\#(role)": "\#(asks)", "\#(content)": "r"}, "#
        + #"{"\#(role)": "\#(answers)", "\#(content)": "b"}]}"#
      let file = try read(line)
      #expect(
        said(file.records[0]) == "system: s | user: q | assistant: a | user: r | assistant: b")
      #expect(file.findings.notes.isEmpty, "\(file.findings.notes)")
    }
  }

  @Test(arguments: ["critic", "alien", "asistant", "narrator", "assistant2"])
  func unknownRolesAreRefused(_ name: String) {
    for (role, content, field) in [
      ("role", "content", "messages"), ("from", "value", "conversations"),
    ] {
      let text = problem(
        #"{"\#(field)": [{"\#(role)": "user", "\#(content)": "q"}, {"\#(role)": "\#(name)", "\#(content)": "x"}, "#
          + #"{"\#(role)": "assistant", "\#(content)": "a"}]}"#)
      #expect(
        text.contains("\(field): turn 2 is from \(name), who is not known; there are user (human"),
        "\(text)")
      #expect(text.contains("assistant (gpt, chatgpt"), "\(text)")
    }
  }

  // MARK: Conversations on both sides

  @Test(arguments: [
    (#""prompt": [Q], "completion": [A]"#, "user: q | assistant: a"),
    (
      #""prompt": [{"role": "system", "content": "s"}, Q], "completion": [A]"#,
      "system: s | user: q | assistant: a"
    ),
    (
      #""prompt": [Q, A, Q], "completion": [A, Q, A]"#,
      "user: q | assistant-: a | user: q | assistant: a | user: q | assistant: a"
    ),
    (#""prompt": [Q], "completion": "a""#, "user: q | assistant: a"),
    (#""prompt": [], "completion": [Q, A]"#, "user: q | assistant: a"),
    (#""prompt": "q", "completion": [A]"#, "user: q | assistant: a"),
    (
      #""prompt": [{"from": "human", "value": "q"}], "completion": [{"from": "gpt", "value": "a"}]"#,
      "user: q | assistant: a"
    ),
    (
      #""prompt": [Q], "completion": [{"role": "assistant", "content": "a", "weight": 0}, Q, A]"#,
      "user: q | assistant-: a | user: q | assistant: a"
    ),
    (#""prompt": [Q], "response": "a""#, "user: q | assistant: a"),
    (
      #""prompt": [Q], "completion": [{"role": "assistant", "content": [{"type": "text", "text": "a"}]}]"#,
      "user: q | assistant: a"
    ),
  ])
  func lossOnTheCompletionsTurns(_ record: String, _ right: String) throws {
    let line =
      "{"
      + record.replacing("Q", with: Self.asked).replacing("A,", with: Self.answer + ",").replacing(
        "A]", with: Self.answer + "]") + "}"
    let file = try read(line)
    #expect(said(file.records[0]) == right)
    #expect(file.form == .promptCompletion && file.sidesHaveTurns)
  }

  @Test func sidesWithoutAnAnswerAreRefused() {
    #expect(
      problem(#"{"prompt": [\#(Self.asked)], "completion": [\#(Self.asked)]}"#)
        .contains("completion has no turn of the assistant"))
    #expect(problem(#"{"prompt": [\#(Self.asked)]}"#).contains("no field completion"))
    #expect(
      problem(#"{"prompt": [\#(Self.asked)], "completion": {"role": "assistant"}}"#).contains(
        "is an object"))
  }

  @Test(arguments: [
    (
      #"{"prompt": "q", "chosen": "a", "rejected": "b"}"#,
      "--prompt-field prompt --completion-field chosen trains"
    ),
    (
      #"{"prompt": [{"role": "user", "content": "q"}], "chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}"#,
      "--prompt-field prompt --completion-field chosen trains"
    ),
    (
      #"{"prompt": "q", "completion": "a", "rejected": "b"}"#,
      "write the better answers as messages"
    ),
    (
      #"{"question": "q", "answer": "a", "Rejected": "b"}"#,
      "has Rejected, which is preference data"
    ),
    (
      #"{"chosen": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "rejected": []}"#,
      "has chosen, which is preference data (DPO)"
    ),
    (#"{"instruction": "q", "output": "a", "rejected": "b"}"#, "has rejected"),
    (#"{"instruction": "q", "chosen": "a", "rejected": "b"}"#, "has chosen and rejected"),
    (
      #"{"input": {"messages": []}, "preferred_output": [1], "non_preferred_output": [1]}"#,
      "has preferred_output and non_preferred_output"
    ),
    (
      #"{"conversations": [{"from": "gpt", "value": "x"}, {"from": "human", "value": "q"}], "chosen": {"from": "gpt", "value": "a"}, "rejected": {"from": "gpt", "value": "b"}}"#,
      "has chosen and rejected"
    ),
    (#"{"prompt": "q", "completion": "a", "label": false}"#, "preference data (KTO)"),
    (#"{"instruction": "q", "output": "a", "kto_tag": true}"#, "preference data (KTO)"),
    (#"{"input_ids": [1, 2], "labels": [1, 2]}"#, "has input_ids: it is tokenised already"),
    (
      #"{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "chat_template_kwargs": {"enable_thinking": false}}"#,
      "field chat_template_kwargs is not read"
    ),
  ])
  func otherDataIsRefusedByName(_ line: String, _ reason: String) {
    #expect(problem(line).contains(reason), "\(problem(line))")
  }

  /// What a refusal advises works.
  @Test func chosenAnswersCanBeTrainedAlone() throws {
    let chosen = DataReading(promptField: "prompt", completionField: "chosen")
    let texts = try read(#"{"prompt": "q", "chosen": "a", "rejected": "b"}"#, "d.jsonl", chosen)
    #expect(
      texts.records.map(said) == ["q → a"]
        && texts.findings.notes == ["fields not used: rejected (1)"])
    let turns = try read(
      #"{"prompt": [\#(Self.asked)], "chosen": [\#(Self.answer)], "rejected": [\#(Self.asked)]}"#,
      "d.jsonl", chosen)
    #expect(turns.records.map(said) == ["user: q | assistant: a"])
    // Conversations that end with an answer are that answer's.
    let both = try read(
      messages(Self.asked + ", " + Self.answer, #""chosen": "a", "rejected": "b""#))
    #expect(both.findings.notes == ["fields not used: chosen (1), rejected (1)"])
  }
}
