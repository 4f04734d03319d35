import Foundation
import TestFiles
import Testing
import Text

/// The field that says what a record is about.
@Suite struct GroupFieldTests {
  private func read(_ lines: [String], _ field: String? = "topic", name: String = "d.jsonl") throws -> DataFile {
    try DataFile.parse(
      Array(lines.joined(separator: "\n").utf8), path: name, as: DataReading(groupField: field))
  }

  private func line(_ topic: String) -> String { #"{"prompt": "q", "completion": "a"\#(topic)}"# }

  @Test(arguments: [
    (#", "topic": "gout""#, "gout"), (#", "topic": 7"#, "7"), (#", "topic": true"#, "true"), ("", nil),
    (#", "topic": null"#, nil), (#", "topic": """#, nil),
  ])
  func whatItMayBe(topic: String, group: String?) throws {
    let file = try read([line(#", "topic": "other""#), line(topic)])
    #expect(file.records.map(\.group) == ["other", group])
    let notes = file.findings.notes
    #expect(
      notes == (group == nil ? ["1 without the group field, each taken as a group of its own (line 2)"] : []))
  }

  @Test func columnsAreFields() throws {
    let file = try read(["prompt,completion,topic", "q,a,gout", "r,b,flu"], name: "d.csv")
    #expect(file.records.map(\.group) == ["gout", "flu"])
    // Nobody asked: the column is one that is not used.
    let plain = try read(["prompt,completion,topic", "q,a,gout"], nil, name: "d.csv")
    #expect(plain.records[0].group == nil && plain.findings.notes == ["fields not used: topic (1)"])
  }

  @Test(arguments: [
    ([#", "topic": ["a", "b"]"#], "d.jsonl: line 1: field topic is a list, which names no group"),
    ([#", "topic": {"a": 1}"#], "d.jsonl: line 1: field topic is an object, which names no group"),
    (
      [#", "topic": "gout""#, #", "topic": "gout""#],
      "d.jsonl: all records have gout in the field topic that --group-field names; name one that tells records apart, or leave it out"
    ),
    (["", ""], "d.jsonl: no record has the field topic that --group-field names"),
  ])
  func refusals(topics: [String], words: String) throws {
    let refused = try #require(refusal { _ = try read(topics.map(line)) })
    #expect(refused.status == 65 && refused.text.hasPrefix(words), "\(refused.text)")
  }
}
