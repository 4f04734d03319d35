import Foundation
import Recipe
import Testing
import Text
import Training

extension FileTask {
  fileprivate static func ofEmptyCompletions(_ count: Int) throws -> FileTask {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(String(repeating: #"{"prompt": "a", "completion": ""}"# + "\n", count: count).utf8).write(to: file)
    return try FileTask(file: file)
  }
}

@Suite struct DataPreviewTests {
  private func preview(
    _ text: String, template: String? = nil, length: Int = 256, evaluation: EvaluationSource = .none
  ) throws -> DataPreview {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jsonl")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    var settings = RunSettings()
    settings.chatTemplate = template
    return try DataPreview.load(
      file: file, evaluation: evaluation, modelFolder: Fixture.folder.appendingPathComponent("tokenizers/digits"),
      settings: settings, sequenceLength: length)
  }

  private static let line =
    #"{"messages": [{"role": "user", "content": "Grüße 👩‍👩‍👧"}, {"role": "assistant", "content": "Zurück 🙂"}]}"# + "\n"

  @Test func showsTheFirstFiveWithTheirMask() throws {
    let preview = try preview(String(repeating: Self.line, count: 7), template: "chatml")
    #expect(preview.detected == "messages, 7 conversations" && preview.rendering == "chat template chatml")
    #expect(preview.examples == 7 && preview.evaluationExamples == 0 && preview.samples.count == 5)
    #expect(preview.truncated == 0 && preview.leftOut.isEmpty)
    let sample = preview.samples[4]
    #expect(sample.place == 5)
    let text = "<|im_start|>user\nGrüße 👩‍👩‍👧<|im_end|>\n<|im_start|>assistant\nZurück 🙂<|im_end|>\n"
    #expect(sample.pieces.map(\.text).joined() == text)
    #expect(sample.pieces.filter(\.isTrained).map(\.text).joined() == "Zurück 🙂<|im_end|>")
    #expect(preview.tokens == 7 * sample.pieces.count && preview.longest == sample.pieces.count)
    #expect(preview.trainedTokens == 7 * sample.pieces.count { $0.isTrained })
  }

  @Test func tellsWhatEndsAnAnswerAndWhatBecameOfConversations() throws {
    let preview = try preview(Self.line, template: "chatml")
    #expect(preview.answerEnd.isTrained && preview.textStart.token == nil && preview.notes.isEmpty)
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).jinja")
    try Data(
      "{% for m in messages %}{{ m.content }}{% if loop.last and m.role == 'assistant' %}!{% endif %}\n{% endfor %}"
        .utf8
    ).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let turns = #"{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}"#
    let divided = try self.preview(
      #"{"messages": [\#(turns), \#(turns)]}"# + "\n" + #"{"messages": [\#(turns)]}"#, template: file.path)
    #expect(divided.examples == 3 && divided.samples.map(\.place) == [1, 1, 2])
    #expect(divided.samples.map(\.turn) == [2, 4, nil])
    #expect(divided.notes.count == 1 && divided.notes[0].hasPrefix("1 conversation became one example for each answer"))
    #expect(divided.samples.allSatisfy { $0.pieces.filter(\.isTrained).map(\.text).joined() == "b!" })
  }

  /// Several batches, counted beside each other, against all examples in turn.
  @Test func aFileThatIsVisitedGivesWhatItsTaskGives() throws {
    let lines = (0..<1500).map { number in
      let words = String(repeating: "word ", count: number % 23)
      let prompt = number % 7 == 0 ? "" : words
      let completion = number % 11 == 0 ? "" : "b\(number)"
      return #"{"prompt": "\#(prompt)", "completion": "\#(completion)", "id": 1}"#
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("d.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    let model = Fixture.folder.appendingPathComponent("tokenizers/digits")
    for samples in [0, 5, 1400] {
      let visited = try DataPreview.load(file: file, modelFolder: model, sequenceLength: 24, samples: samples)
      let whole = try DataPreview.load(
        task: FileTask(file: file), examples: .max, modelFolder: model, sequenceLength: 24, samples: samples)
      #expect(visited == whole)
      #expect(visited.examples == 1500 && visited.leftOut.count > 100 && visited.truncated > 0)
    }
    // What is wrong in the file is told before anything else.
    try Data((lines + [#"{"prompt": 1}"#]).joined(separator: "\n").utf8).write(to: file)
    #expect(throws: DataError.self) { try DataPreview.load(file: file, modelFolder: model) }
  }

  @Test func countsWhatIsCutAndLeftOut() throws {
    let short = #"{"prompt": "a", "completion": "b"}"# + "\n"
    let long = #"{"prompt": "a", "completion": "\#(String(repeating: "word ", count: 90))"}"# + "\n"
    let lost = #"{"prompt": "\#(String(repeating: "word ", count: 90))", "completion": "b"}"# + "\n"
    let preview = try preview(short + long + lost + short + lost, length: 16, evaluation: .share(0.2))
    #expect(preview.rendering == "plain text")
    #expect(preview.examples == 4 && preview.evaluationExamples == 1)
    #expect(Set(preview.leftOut).isSubset(of: [3, 5]) && !preview.leftOut.isEmpty)
    #expect(preview.longest > 16)
    for sample in preview.samples { #expect(sample.isTruncated == (sample.place == 2)) }
  }

  @Test func refusesInOneLine() throws {
    #expect(throws: ChatTemplateError.self) { try preview(Self.line, template: "no-such-template") }
    #expect(throws: DataError.self) { try preview("{\"text\": 1}") }
    // Without an end-of-text token an empty completion leaves nothing, at any length.
    let task = try #require(try? FileTask.ofEmptyCompletions(3))
    let refused = #expect(throws: TrainingError.self) {
      try DataPreview(
        of: task, training: task.examples(split: .train, count: .max, seed: 0), evaluationExamples: 0,
        tokenizer: Tokenizer(folder: Fixture.folder.appendingPathComponent("tokenizers/digits")),
        tokenising: Tokenising(prefix: [], endOfText: nil) { $0.utf8.map { Int32($0) } }, rendering: "plain text",
        sequenceLength: 16)
    }
    #expect(
      refused?.description.hasSuffix("none of 3 examples has anything to learn: their completions are empty") == true)
  }
}
