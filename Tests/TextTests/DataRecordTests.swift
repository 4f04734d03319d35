import Foundation
import TestFiles
import Testing
import Text

/// What a record says, kind by kind: it is read as its author meant it, or refused with its place and reason.
@Suite struct DataRecordTests {
  private func read(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) throws -> DataFile {
    try DataFile.parse(Array(text.utf8), path: name, as: reading)
  }

  private func problem(
    _ text: String, _ name: String = "d.jsonl", _ reading: DataReading = DataReading()
  ) -> String {
    let refused = refusal { _ = try read(text, name, reading) }
    if let refused {
      #expect(refused.status == 65 && !refused.text.contains("\n"), "\(refused.text)")
    }
    return refused?.text ?? "read"
  }

  /// `q → a`, or turn by turn `user: q | assistant: a`; `assistant-` is not learned.
  private func said(_ record: DataRecord) -> String {
    switch record.body {
    case .promptCompletion(let prompt, let completion): "\(prompt) → \(completion)"
    case .conversation(let turns):
      turns.map { "\($0.role)\($0.carriesLoss ? "" : "-"): \($0.content)" }.joined(separator: " | ")
    }
  }

  private func messages(_ turns: String, _ rest: String = "") -> String {
    #"{"messages": [\#(turns)]\#(rest.isEmpty ? "" : ", \(rest)")}"#
  }

  private static let asked = #"{"role": "user", "content": "q"}"#

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

  // MARK: Marks

  @Test(arguments: [
    #""weight": 0"#, #""weight": 0.0"#, #""weight": false"#, #""train": false"#,
    #""training": false"#,
    #""loss": false"#,
    #""loss": 0"#, #""trainable": false"#, #""loss_weight": 0"#, #""masked": true"#,
    #""Weight": 0"#, #""weight": "0""#,
    #""weight": 0, "train": false"#, #""weight": 0, "loss": null"#,
  ])
  func turnsThatAreMarkedOutCarryNoLoss(_ mark: String) throws {
    for line in [
      messages(
        #"\#(Self.asked), {"role": "assistant", "content": "draft", \#(mark)}, \#(Self.asked), \#(Self.answer)"#
      ),
      #"{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "draft", \#(mark)}, "#
        + #"{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}"#,
    ] {
      #expect(
        try said(read(line).records[0]) == "user: q | assistant-: draft | user: q | assistant: a")
    }
  }

  @Test(arguments: [
    (#""weight": 0"#, true), (#""weight": 1"#, false), (#""weight": 1.0"#, false),
    (#""weight": true"#, false),
    (#""weight": null"#, false), (#""weight": """#, false), (#""masked": false"#, false),
    (#""train": true"#, false),
    (#""train_detail": []"#, false), (#""train_detail": null, "train": false"#, true),
  ])
  func marksAreNotForTemplates(_ mark: String, _ isOut: Bool) throws {
    for line in [
      messages(
        #"\#(Self.asked), {"role": "assistant", "content": "a", \#(mark)}, {"role": "assistant", "content": "b"}"#
      ),
      #"{"conversations": [{"from": "user", "value": "q"}, {"from": "gpt", "value": "a", \#(mark)}, {"from": "gpt", "value": "b"}]}"#,
    ] {
      let file = try read(line)
      #expect(said(file.records[0]) == "user: q | assistant\(isOut ? "-" : ""): a | assistant: b")
      guard case .conversation(let turns) = file.records[0].body else { return }
      #expect(turns[1].fields.members.map(\.key).sorted() == ["content", "role"])
      #expect(
        file.findings.notes
          == (isOut ? ["1 turn of the assistant given as context, without loss"] : []))
    }
  }

  @Test(arguments: [
    (#""weight": 0.5"#, "weight is 0.5, but a turn is learned or it is not"),
    (#""weight": 2"#, "weight is 2"),
    (#""weight": -1"#, "weight is -1"), (#""weight": "high""#, "weight is high"),
    (#""train": {"a": 1}"#, "train is an object"), (#""weights": 3"#, "weights is 3"),
    (#""train": true, "weight": 0"#, "train and weight contradict each other"),
    (#""weight": 0, "masked": false"#, "weight and masked contradict each other"),
    (
      #""train_detail": [{"begin_offset": 0, "end_offset": 1, "train": false}]"#,
      "train_detail marks stretches of a turn"
    ),
  ])
  func otherMarksAreRefused(_ mark: String, _ reason: String) {
    for line in [
      messages(#"\#(Self.asked), {"role": "assistant", "content": "a", \#(mark)}"#),
      #"{"conversations": [{"from": "user", "value": "q"}, {"from": "gpt", "value": "a", \#(mark)}]}"#,
      #"{"prompt": [\#(Self.asked)], "completion": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", \#(mark)}]}"#,
    ] {
      let text = problem(line)
      #expect(text.contains("turn 2: ") && text.contains(reason), "\(text)")
    }
    #expect(
      problem(#"{"prompt": "q", "completion": "a", \#(mark)}"#).contains("line 1: field \(reason)"))
  }

  @Test func marksThatCannotBeHonouredAreRefused() throws {
    #expect(
      problem(
        messages(
          #"{"role": "user", "content": "q", "train": true}, {"role": "assistant", "content": "a"}"#
        )
      )
      .contains("turn 1 is marked as learned, but a turn of user's carries no loss"))
    #expect(
      problem(
        #"{"prompt": [\#(Self.asked), {"role": "assistant", "content": "x", "weight": 1}, \#(Self.asked)], "completion": "a"}"#
      ).contains("turn 2 is marked as learned, but what is asked carries no loss"))
    func parts(_ marks: String, _ turn: String = "") -> String {
      messages(
        #"\#(Self.asked), {"role": "assistant", "content": [\#(marks)]\#(turn)}, {"role": "assistant", "content": "b"}"#
      )
    }
    let out = #"{"type": "text", "text": "x", "weight": 0}"#
    #expect(
      problem(parts(out + #", {"type": "text", "text": "y"}"#)).contains(
        "some of its parts are marked as learned"))
    #expect(
      problem(parts(out, #", "weight": 1"#)).contains("turn 2 and its parts contradict each other"))
    #expect(
      try said(read(parts(out + ", " + out)).records[0])
        == "user: q | assistant-: xx | assistant: b")
    #expect(
      try said(
        read(
          #"{"prompt": "q", "completion": [\#(out), \#(out)]}"# + "\n"
            + #"{"prompt": "q", "completion": "a"}"#
        )
        .records[0]) == "q → a")
  }

  @Test(arguments: [
    #"{"prompt": "q", "completion": "a", "weight": 0}"#,
    #"{"prompt": "q", "completion": "a", "train": false}"#,
    #"{"prompt": "q", "completion": "a", "loss_mask": 0, "id": 7}"#,
  ])
  func recordsThatAreMarkedOutAreLeftOut(_ line: String) throws {
    let kept = #"{"prompt": "q", "completion": "b", "weight": 1.0}"#
    let file = try read(kept + "\n" + line + "\n" + kept)
    #expect(file.records.map(\.place) == [1, 3])
    #expect(file.findings.notes.contains("1 left out, marked as not learned (line 2)"))
    #expect(file.detected == "prompt/completion, 2 examples")
    #expect(problem(line + "\n" + line).contains("has nothing to learn: "))
    #expect(problem(line + "\n" + line).contains("2 left out, marked as not learned (lines 1, 2)"))
  }

  @Test func conversationsAreMarkedOutTurnByTurn() throws {
    let none = messages(#"\#(Self.asked), {"role": "assistant", "content": "a", "weight": 0}"#)
    let some = messages(#"\#(Self.asked), {"role": "assistant", "content": "a"}"#)
    let file = try read(none + "\n" + some)
    #expect(file.records.map(\.place) == [2])
    #expect(file.findings.leftOut == [.init(place: 1, reason: "no turn is marked as learned")])
  }

  @Test func columnsHaveMarksToo() throws {
    let file = try read("prompt,completion,weight\nq,a,1\nq,b,0\nq,c,\n", "d.csv")
    #expect(file.records.map(said) == ["q → a", "q → c"])
    #expect(
      problem("prompt,completion,weight\nq,a,70.5\n", "d.csv").contains("field weight is 70.5, but")
    )
    // A field that is asked for by its name is no mark.
    let named = try read(
      "weight,loss\n70.5,3\n", "d.csv", DataReading(promptField: "weight", completionField: "loss"))
    #expect(named.records.map(said) == ["70.5 → 3"] && named.findings.notes.isEmpty)
  }

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
      guard case .conversation(let turns) = try read(text).records[0].body else { return }
      #expect(
        turns[1].fields["tool_calls"]?.array?.count == 1 && turns[1].fields["content"] == .null)
    }
    // A list that a column or a schema made a text of is a list.
    let quoted = call.replacing("\"", with: "\\\"")
    guard
      case .conversation(let turns) = try read(turn(#""content": "", "tool_calls": "\#(quoted)""#))
        .records[0].body
    else { return }
    #expect(turns[1].fields["tool_calls"]?.array?.count == 1)
    // Those that say nothing are not there for a template.
    for empty in ["null", "[]", "\"[]\"", "\"\""] {
      let file = try read(
        turn(#""content": "a", "tool_calls": \#(empty), "name": null, "function_call": null"#))
      guard case .conversation(let turns) = file.records[0].body else { return }
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

  private static let answer = #"{"role": "assistant", "content": "a"}"#

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
    #expect(
      try read(#"{"prompt": "q", "completion": "a", "context": "c"}"#).findings.notes == [
        "fields not used: context (1)"
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
