import Foundation
import Recipe
import Testing
import Text
import Training

/// What data says of itself reaches the loss and the words about it.
@Suite struct LossMarkTests {
  private static let tokenizer = Fixture.folder.appendingPathComponent("tokenizers/digits")
  /// One without blocks for what is learned.
  private static let plainTemplate =
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"

  private func file(_ text: String, _ name: String = "d.jsonl") throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
    return url
  }

  private func preview(
    _ text: String, template: String? = "none", turns: TrainedTurns = .all, length: Int = 256
  ) throws -> DataPreview {
    var settings = RunSettings()
    settings.chatTemplate = template
    settings.turns = turns
    return try DataPreview.load(
      file: try file(text), modelFolder: Self.tokenizer, settings: settings, sequenceLength: length)
  }

  private static let marked =
    #"{"messages": [{"role": "user", "content": "Q1"}, {"role": "assistant", "content": "wrong draft", "weight": 0}, "#
    + #"{"role": "user", "content": "Try again"}, {"role": "assistant", "content": "right", "weight": 1}]}"#
  private static let prompted =
    #"{"prompt": [{"role": "user", "content": "Q1"}, {"role": "assistant", "content": "wrong draft"}, "#
    + #"{"role": "user", "content": "Try again"}], "completion": [{"role": "assistant", "content": "right"}]}"#

  @Test(
    arguments: [marked, prompted], ["chatml", "llama3", "gemma", "mistral", "phi3", "qwen", "zephyr", "none", "own"])
  func turnsThatAreNotLearnedCarryNoLoss(_ line: String, _ template: String) throws {
    let name = template == "own" ? try file(Self.plainTemplate, "t.jinja").path : template
    for turns in TrainedTurns.allCases {
      let preview = try preview(line, template: name, turns: turns)
      let text = preview.samples[0].pieces.map(\.text).joined()
      #expect(text.contains("wrong draft") && text.contains("Try again"))
      let said = preview.samples[0].pieces.filter(\.isTrained).map(\.text).joined()
      #expect(said.contains("right") && !said.contains("draft") && !said.contains("again"), "\(template): \(said)")
      #expect(preview.notes.contains("1 turn of the assistant given as context, without loss"))
    }
  }

  /// What comes after the last turn that is learned is nothing to learn from.
  @Test func aDraftAtTheEndIsNotWritten() throws {
    let example = Example(
      id: 1,
      messages: [
        ChatMessage(role: "user", content: "q"), ChatMessage(role: "assistant", content: "right"),
        ChatMessage(role: "user", content: "r"), ChatMessage(role: "assistant", content: "draft", carriesLoss: false),
      ])
    #expect(example.completion == "right" && example.messages?.count == 2)
  }

  @Test(arguments: ["chatml", "gemma", "llama3", "mistral", "phi3", "qwen", "zephyr", "none"])
  func partsAreTrainedAsTheTextThatTheyAre(_ template: String) throws {
    let text = #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}"#
    let parts =
      #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "Q"}]}, "#
      + #"{"role": "assistant", "content": [{"type": "text", "text": "A"}]}]}"#
    let samples = try preview(text + "\n" + parts, template: template).samples
    #expect(samples.count == 2 && samples[0].pieces == samples[1].pieces)
  }

  @Test func whatIsEmptyIsNamedAndNothingElseBlamed() throws {
    let tokenising = Tokenising(prefix: [], endOfText: 300) { $0.utf8.map(Int32.init) }
    func preview(_ text: String, length: Int) throws -> DataPreview {
      let task = try FileTask(file: try file(text))
      return try DataPreview(
        of: task, training: task.examples(split: .train, count: .max, seed: 0), evaluationExamples: 0,
        tokenizer: try Tokenizer(folder: Self.tokenizer), tokenising: tokenising, rendering: "plain text",
        sequenceLength: length)
    }
    let lines = [("a", ""), ("", "x"), ("", "")].map { #"{"prompt": "\#($0)", "completion": "\#($1)"}"# }
    let empty = try preview(lines.joined(separator: "\n"), length: 16)
    #expect(empty.leftOut == [3] && empty.withoutAnswers == [3] && empty.cutCount == 0 && !empty.isEmpty)
    #expect(
      empty.notes == [
        "1 left out with nothing to learn at any length (line 3)",
        "1 with nothing before the answer, whose first token is therefore not learned (line 2)",
        "2 with an empty answer, which teaches at most to stop at once (lines 1, 3)",
        "2 with an empty question (lines 2, 3)",
      ])
    // Cut is cut: a longer sequence would help.
    let long = #"{"prompt": "\#(String(repeating: "w", count: 40))", "completion": "b"}"#
    let cut = try preview(lines[2] + "\n" + long + "\n" + lines[1], length: 32)
    #expect(cut.leftOut == [1, 2] && cut.withoutAnswers == [1] && cut.cutCount == 1 && cut.longest == 42)
    #expect(try preview(long, length: 32).isEmpty)
  }

  @Test func nothingThatFitsNamesTheLengthThatWould() throws {
    let tokenising = Tokenising(prefix: [7], endOfText: 300) { $0.utf8.map(Int32.init) }
    let long = Example(id: 1, prompt: String(repeating: "w", count: 40), completion: "b")
    let longer = Example(id: 2, prompt: String(repeating: "w", count: 60), completion: "b")
    let empty = Example(id: 3, prompt: "a", completion: "")
    let refused = #expect(throws: TrainingError.self) {
      try tokenising.tokenize([longer, long], sequenceLength: 32, source: "d.jsonl")
    }
    #expect(refused == .nothingFits(source: "d.jsonl", leftOut: 2, sequenceLength: 32, least: 42))
    #expect(refused?.description.contains("give --sequence-length 42 or more") == true && refused?.exitStatus == 65)
    // What it advises works.
    #expect(try tokenising.tokenize([longer, long], sequenceLength: 42, source: "d.jsonl").examples.count == 1)
    let mute = Tokenising(prefix: [7], endOfText: nil) { $0.utf8.map(Int32.init) }
    let hopeless = #expect(throws: TrainingError.self) {
      try mute.tokenize([empty, empty], sequenceLength: 32, source: "d.jsonl")
    }
    #expect(hopeless?.description.hasSuffix("has anything to learn: their completions are empty") == true)
  }

  @Test func whatTheFilesHoldBesidesIsSaid() throws {
    let one = try file(#"[{"id": 1, "prompt": "q", "completion": 4.0}]"#, "a.json")
    let other = try file(#"{"prompt": "q", "completion": "", "source": "web"}"#, "b.jsonl")
    let task = try FileTask(file: one, evaluation: .file(path: other.path))
    #expect(task.placeName == "items")
    #expect(
      task.notes == [
        "fields not used: id (1)",
        "1 with numbers or true and false for text, read as they are written (item 1)",
        "b.jsonl: fields not used: source (1)",
        "b.jsonl: 1 with an empty answer, which teaches at most to stop at once (line 1)",
      ])
    #expect(task.examples(split: .train, count: 9, seed: 0)[0].completion == "4.0")
  }
}
