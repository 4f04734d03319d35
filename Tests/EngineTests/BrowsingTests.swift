import Engine
import Foundation
import Messages
import Recipe
import Testing

/// Folders and examples over the bus.
@Suite(.timeLimit(.minutes(10))) struct BrowsingTests {
  private func listing(_ bus: MessageBus, _ purpose: FolderListing.Purpose, _ folder: String?) async throws
    -> FolderListing
  {
    guard case .listing(let listing) = await bus.ask(.browse(purpose, folder: folder)) else {
      throw CancellationError()
    }
    return listing
  }

  /// A GGUF file is a model, and so is a folder that holds one; of several the files are chosen.
  @Test func ggufFilesAreModels() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let place = study.folder.appending(path: "gguf")
    for name in ["one/only.gguf", "one/mmproj-only.gguf", "two/a.gguf", "two/b.gguf", "bare.GGUF", "notes.txt"] {
      let file = place.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("GGUF".utf8).write(to: file)
    }
    let models = try await listing(bus, .model, place.path)
    #expect(models.entries.map(\.name) == ["bare.GGUF", "one", "two"])
    #expect(models.entries.map(\.kind) == [.model, .model, .folder])
    #expect(models.entries.prefix(2).map(\.note) == ["GGUF, 4 B", "GGUF, 4 B"])
    let inner = try await listing(bus, .model, place.appending(path: "two").path)
    #expect(inner.entries.map(\.name) == ["a.gguf", "b.gguf"] && inner.entries.allSatisfy { $0.kind == .model })
    await engine.shutdown(.discard)
  }

  @Test func modelsAndDataFilesAreMarked() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let files = FileManager.default
    for name in ["empty", ".hidden", "broken"] {
      try files.createDirectory(at: study.folder.appending(path: name), withIntermediateDirectories: true)
    }
    try Data("{".utf8).write(to: study.folder.appending(path: "broken/config.json"))
    for name in ["note.txt", "b.CSV", "c.json"] { try Data("x".utf8).write(to: study.folder.appending(path: name)) }
    let models = try await listing(bus, .model, study.folder.path)
    #expect(models.entries.map(\.name) == ["broken", "empty", "model", ".hidden"])
    #expect(models.entries.map(\.kind) == [.folder, .folder, .model, .folder])
    #expect(models.entries[2].note.hasPrefix("llama, "))
    #expect(models.parent == study.folder.deletingLastPathComponent().path)
    let data = try await listing(bus, .data, study.folder.appending(path: "sums.jsonl").path)
    #expect(data.entries.filter { $0.kind == .data }.map(\.name) == ["b.CSV", "c.json", "sums.jsonl"])
    #expect(data.named == "sums.jsonl" && data.path == study.folder.path)
    #expect(try await listing(bus, .data, "/").parent == nil)
    guard case .refused(let refusal) = await bus.ask(.browse(.data, folder: study.folder.path + "/nowhere")) else {
      Issue.record("a missing folder was listed")
      return
    }
    #expect(refusal.line.contains("nowhere"))
    // What a run was made with comes first.
    #expect(models.recent.isEmpty)
    _ = await bus.accepted(.pauseQueue(true))
    _ = await bus.accepted(.queue(study.plan()))
    #expect(try await listing(bus, .model, nil).recent.map(\.name) == ["model"])
    #expect(try await listing(bus, .data, nil).path == study.folder.path)
    // Of published data the name is meant too, and a folder of it can be chosen.
    for (name, note) in [("sums.jsonl", true), ("empty", false), ("gone", nil)] as [(String, Bool?)] {
      let path = study.folder.appending(path: name).path
      let published = DataReference.published(name: "fincot", path: path, evaluation: .none)
      let data = DataSummary(
        reference: published, name: name, about: "", metric: "", trainingExamples: 1, evaluationExamples: 0,
        recommendedSettings: RunSettings())
      bus.change { $0.data = data }
      let recent = try await listing(bus, .data, nil).recent
      #expect(recent.first?.published == (note == nil ? nil : published))
      #expect(recent.contains { $0.name == "fincot:\(name)" && $0.path == path && $0.kind == .data } == (note != nil))
      if let note { #expect(recent.first?.note.isEmpty == !note) }
    }
    await engine.shutdown(.discard)
  }

  @Test func examplesAreShownAsTheModelSeesThem() async throws {
    let study = try TinyStudy()
    let bus = MessageBus()
    let engine = try await Engine(options: study.options(), bus: bus)
    let file = study.folder.appending(path: "mine.jsonl")
    let lines = [
      #"{"prompt": "1 + 1 = ", "completion": "2"}"#, #"{"prompt": "\u00fc\ud83d\ude42 ", "completion": "\u00e9"}"#,
      #"{"prompt": "1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 = ", "completion": "16"}"#,
      #"{"prompt": "2 = ", "completion": "2 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0 + 0"}"#,
    ]
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    var settings = study.plan().settings
    settings.sequenceLength = 16
    let request = DataPreview.Request(
      model: study.model, data: .file(path: file.path, evaluation: .none), settings: settings)
    guard case .examplesOfData(let examples) = await bus.ask(.examplesOfData(request)) else {
      Issue.record("no examples")
      return
    }
    #expect(examples.trainingExamples == 3 && examples.evaluationExamples == 0)
    #expect(examples.leftOut == [3] && examples.truncated == 1)
    #expect(examples.longest > 16)
    #expect(examples.samples.map(\.isTruncated) == [false, false, true])
    #expect(examples.samples.map(\.place) == [1, 2, 4])
    func text(_ sample: DataPreview.Sample, trained: Bool) -> String {
      sample.pieces.filter { $0.isTrained == trained }.map(\.text).joined()
    }
    #expect(text(examples.samples[0], trained: false) == "1 + 1 = ")
    #expect(text(examples.samples[0], trained: true) == "2<|endoftext|>")
    #expect(text(examples.samples[1], trained: false) == "ü🙂 ")
    #expect(text(examples.samples[1], trained: true) == "é<|endoftext|>")
    #expect(examples.tokens == examples.samples.reduce(0) { $0 + $1.pieces.count })
    #expect(examples.trainedTokens == examples.samples.reduce(0) { $0 + $1.pieces.count { $0.isTrained } })
    try Data("{\n".utf8).write(to: file)
    guard case .refused(let refusal) = await bus.ask(.examplesOfData(request)) else {
      Issue.record("a broken file was shown")
      return
    }
    #expect(refusal.line.contains("mine.jsonl") && !refusal.line.contains("\n"))
    await engine.shutdown(.save)
  }
}
