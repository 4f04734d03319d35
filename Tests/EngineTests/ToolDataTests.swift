import Analysis
import Engine
import Foundation
import Recipe
import Testing
import Training

/// The data file that a tool's configuration names, as the file itself says what it holds.
@Suite struct ToolDataTests {
  @Test func formOfAFile() throws {
    let study = try TinyStudy()
    let file = study.folder.appending(path: "asked.jsonl")
    try Data(#"{"question": "2+2?", "answer": "4"}"#.utf8).write(to: file)
    #expect(
      ToolData(path: file.path, settings: RunSettings())
        == ToolData(path: file.path, promptField: "question", completionField: "answer"))
    try Data(#"{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}"#.utf8).write(
      to: file)
    #expect(ToolData(path: file.path, settings: RunSettings()).form == .messages)
    try Data(#"{"conversation": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}"#.utf8)
      .write(
        to: file)
    let turns = ToolData(path: file.path, settings: RunSettings())
    #expect(turns.form == .shareGPT && turns.turnsField == "conversation" && turns.turnsHaveRoles)
    #expect(turns.datasetEntry.contains(#""columns": {"messages": "conversation"}, "tags": {"role_tag": "role""#))
    #expect(turns.axolotlLines == ["type: chat_template", "field_messages: conversation"])
    try Data(#"{"instruction": "a", "output": "b", "system": "s"}"#.utf8).write(to: file)
    let alpaca = ToolData(path: file.path, settings: RunSettings())
    #expect(
      alpaca.datasetEntry.contains(
        #""columns": {"prompt": "instruction", "response": "output", "system": "system"}"#))
    var settings = RunSettings()
    settings.dataFormat = .shareGPT
    #expect(ToolData(path: "/not/here.jsonl", settings: settings) == ToolData(path: "/not/here.jsonl", form: .shareGPT))
  }
}
