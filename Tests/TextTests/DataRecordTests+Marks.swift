import Foundation
import TestFiles
import Testing
import Text

/// What may be marked as not to be learned, and where.
extension DataRecordTests {
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
      let turns = try #require(file.records[0].turns)
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
}
