import Foundation
import HuggingFace
import Kernels
import Recipe
import Testing
import Text
import Training
import Transformer

/// Examples with pictures: as tokens, as batches, as what is generated from.
@Suite struct PictureTokenisingTests {
  private static let folder = Fixture.folder.appendingPathComponent("images")
  private let tokenizer: Tokenizer
  private let imageToken: Int32

  init() throws {
    tokenizer = try Tokenizer(folder: Self.folder.appendingPathComponent("processor"))
    imageToken = try #require(tokenizer.id(of: "<image>"))
  }

  private func picture(_ name: String) -> ImageSource {
    .file(path: Self.folder.appendingPathComponent("pictures/\(name)").path)
  }

  private func sight(splits: Bool = false) throws -> Sight {
    let vision = VisionConfiguration(
      imageSize: 16, patchSize: 4, hiddenSize: 8, layers: 1, heads: 1, intermediateSize: 8, scaleFactor: 2,
      imageToken: imageToken)
    return .sees(
      try VisionProcessor(
        images: ImageProcessor(size: .longestEdge(64), splits: splits, tileSize: 16), tokenizer: tokenizer,
        vision: vision, source: "fixture"))
  }

  private func tokenising(chat: Bool = false, splits: Bool = false, turns: TrainedTurns = .all) throws -> Tokenising {
    Tokenising(
      tokenizer, chat: chat ? try ChatTemplate.read(folder: Self.folder.appendingPathComponent("processor")) : nil,
      turns: turns, sight: try sight(splits: splits))
  }

  private func said(_ example: TokenizedExample) -> [String] {
    example.lossRanges.map { tokenizer.decode(Array(example.tokens[$0]), skipSpecial: false) }
  }

  /// Tokens are those of `Idefics3Processor`, and the loss falls on what the assistant says.
  @Test func conversationsAreThoseOfTransformers() throws {
    struct Golden: Decodable {
      var messages: [Message]
      var pictures: [String]
      var addGenerationPrompt: Bool
      var ids: [Int32]
      struct Message: Decodable {
        var role: String
        var content: [Part]
        struct Part: Decodable {
          var type: String
          var text: String?
        }
      }
    }
    struct Goldens: Decodable { var conversations: [Golden] }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let goldens = try decoder.decode(
      Goldens.self, from: Data(contentsOf: Self.folder.appendingPathComponent("goldens.json")))
    let tokenising = try tokenising(chat: true, splits: true)
    var compared = 0
    for golden in goldens.conversations {
      let messages = golden.messages.map { message in
        ChatMessage(
          role: message.role, content: message.content.map { $0.type == "image" ? "<image>" : $0.text ?? "" }.joined())
      }
      var example = Example(id: 1, messages: messages)
      example.images = golden.pictures.map(picture)
      if golden.addGenerationPrompt, !messages.contains(where: \.isAssistant) {
        example.messages?.append(ChatMessage(role: "assistant", content: ""))
        #expect(try tokenising.prompt(for: example).tokens == golden.ids)
        compared += 1
      } else if !golden.addGenerationPrompt, messages.contains(where: \.isAssistant) {
        let result = try tokenising.tokenize(example, index: 0, sequenceLength: 9999)
        let tokenized = try #require(result.example)
        #expect(tokenized.tokens == golden.ids)
        #expect(tokenized.images.count == golden.pictures.count)
        let answers = messages.filter(\.isAssistant).map { " \($0.content)<end_of_utterance>" }
        #expect(said(tokenized) == answers)
        // What is generated from ends where the last answer begins.
        let prompt = try tokenising.prompt(for: example)
        #expect(Array(tokenized.tokens.prefix(tokenized.lossRanges.last?.lowerBound ?? 0)) == prompt.tokens)
        #expect(prompt.images == tokenized.images)
        compared += 1
      }
    }
    #expect(compared == 4)
  }

  /// A question with pictures in and beside its text, asked as `generate --chat --image` asks it: the ids are those of the processor for
  /// content parts, tiles and all, and training on the same begins with them.
  @Test func questionsAreThoseOfTransformers() throws {
    struct Asked: Decodable {
      var template: String
      var text: String
      var pictures: [String]
      var ids: [Int32]
    }
    struct Goldens: Decodable {
      var either: String
      var asked: [Asked]
    }
    let goldens = try JSONDecoder().decode(
      Goldens.self, from: Data(contentsOf: Self.folder.appendingPathComponent("asked.json")))
    let either = Tokenising(
      tokenizer, chat: try ChatTemplate(source: goldens.either, name: "either"), sight: try sight(splits: true))
    let parts = try tokenising(chat: true, splits: true)
    for golden in goldens.asked {
      let example = Example(
        id: 1, prompt: golden.text, completion: "It.", images: golden.pictures.map { picture($0) })
      let tokenising = golden.template == "parts" ? parts : either
      #expect(try tokenising.prompt(for: example).tokens == golden.ids, "\(golden.template): \(golden.text)")
      let trained = try tokenising.tokenize(example, index: 0, sequenceLength: 9999).example
      #expect(Array(trained?.tokens.prefix(golden.ids.count) ?? []) == golden.ids, "\(golden.template): \(golden.text)")
    }
    #expect(goldens.asked.count == 18)
  }

  @Test func promptsAndPlainConversations() throws {
    let tokenising = try tokenising()
    let example = Example(id: 1, prompt: "a <image> b", completion: "c", images: [picture("37x23.png")])
    let tokenized = try #require(try tokenising.tokenize(example, index: 0, sequenceLength: 99).example)
    let text = "a <fake_token_around_image><global-img><image><image><image><image><fake_token_around_image> bc"
    #expect(tokenizer.decode(tokenized.tokens, skipSpecial: false) == text + "<end_of_utterance>")
    #expect(said(tokenized) == ["c<end_of_utterance>"])
    #expect(tokenized.imageRanges == [4..<8])
    #expect(tokenized.tokens[4..<8].allSatisfy { $0 == imageToken })

    var talk = Example(
      id: 1,
      messages: [
        ChatMessage(role: "user", content: "<image>a"), ChatMessage(role: "assistant", content: "b"),
        ChatMessage(role: "user", content: "c<image><image>"), ChatMessage(role: "assistant", content: "d"),
      ])
    talk.images = ["16x16.png", "37x23.png", "1x1.png"].map(picture)
    let turns = try #require(try tokenising.tokenize(talk, index: 0, sequenceLength: 99).example)
    #expect(said(turns) == ["b<end_of_utterance>", "d<end_of_utterance>"])
    #expect(turns.images.count == 3 && turns.imageRanges.map(\.count) == [4, 4, 4])
    #expect(turns.images.map(\.tiles) == (try tokenising.prompt(for: talk).images.map(\.tiles)))
    // A picture without a place.
    talk.images.append(picture("1x1.png"))
    #expect(throws: ImageError.self) { try tokenising.tokenize(talk, index: 0, sequenceLength: 99) }
  }

  @Test func aRecordsTurnsKeepTheirPictures() {
    let record = DataRecord(
      place: 7,
      body: .conversation([
        ChatMessage(role: "user", content: "<image>a"), ChatMessage(role: "assistant", content: "b"),
        ChatMessage(role: "user", content: "<image>never answered"),
      ]), pictures: [picture("16x16.png"), picture("1x1.png")])
    let example = Example(record)
    #expect(example.messages?.count == 2 && example.images == [picture("16x16.png")])
    #expect(example.prompt == "<image>a\n")
    let plain = Example(
      DataRecord(place: 1, body: .promptCompletion(prompt: "<image>", completion: "c"), pictures: [picture("x")]))
    #expect(plain.images == [picture("x")])
  }

  @Test func picturesAreNeverCut() throws {
    let tokenising = try tokenising()
    var talk = Example(
      id: 5,
      messages: [
        ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b"),
        ChatMessage(role: "user", content: "<image>c"), ChatMessage(role: "assistant", content: "d"),
      ])
    talk.images = [picture("37x23.png")]
    let whole = try #require(try tokenising.tokenize(talk, index: 0, sequenceLength: 99).example)
    let range = whole.imageRanges[0]
    for length in 0...whole.tokens.count + 1 {
      let (example, truncated) = try tokenising.tokenize(talk, index: 0, sequenceLength: length)
      #expect(truncated == (length < whole.tokens.count))
      let isInside = range.lowerBound < length && length < range.upperBound
      let hasAnswer = length > whole.lossRanges[0].lowerBound
      #expect((example != nil) == (hasAnswer && !isInside), "\(length)")
      #expect(example?.images.count ?? 0 == (example != nil && length >= range.upperBound ? 1 : 0))
      #expect(example?.tokens.count { $0 == imageToken } ?? 0 == 4 * (example?.images.count ?? 0))
      // Cutting afterwards comes to the same.
      let later = TokenizedDataset(examples: [whole], truncated: 0, leftOut: []).cut(to: length, ids: [5])
      #expect(later.examples == (example.map { [$0] } ?? []))
      #expect(later.leftOut == (example == nil ? [5] : []))
    }
    let data = try tokenising.tokenize(
      [talk, Example(id: 6, prompt: "a", completion: "b")], sequenceLength: range.lowerBound + 2, source: "f")
    #expect(data.leftOut == [5] && data.examples.count == 1 && data.truncated == 0)
  }

  @Test func batchesHaveTheirPixels() throws {
    let tokenising = try tokenising(splits: true)
    let examples = [
      Example(id: 1, prompt: "<image>", completion: "a", images: [picture("50x30.png")]),
      Example(id: 2, prompt: "b", completion: "c"),
      Example(id: 3, prompt: "<image>", completion: "a", images: [picture("37x23.png")]),
    ]
    let data = try tokenising.tokenize(examples, sequenceLength: 999, source: "f")
    let batch = BatchAssembly.batch(data.examples)
    let tiles = data.examples.flatMap { $0.images.flatMap(\.pixelValues) }
    #expect(
      batch.images == tiles && tiles.count == data.examples.reduce(0) { $0 + ($1.images.first?.tiles.count ?? 0) })
    #expect(batch.tokens.count { $0 == imageToken } == 4 * batch.images.count)
    #expect(tiles.count > 20 && tiles.allSatisfy { $0.size == 16 })
  }

  /// The same file in many examples is read and kept once.
  @Test func aFileOfManyExamplesIsReadOnce() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("p.png")
    try RasterImage(width: 2, height: 2, pixels: Array(repeating: 9, count: 12)).writePNG(to: file)
    let example = Example(id: 1, prompt: "<image>", completion: "a", images: [.file(path: file.path)])
    let data = try tokenising().tokenize([example, example], sequenceLength: 99, source: "f")
    let storages = data.examples.map { $0.images[0].tiles[0].withUnsafeBufferPointer { $0.baseAddress } }
    #expect(storages[0] == storages[1])
  }

  @Test func otherPixelsAreOtherData() throws {
    let tokenising = try tokenising()
    func fingerprint(_ images: ImageSource...) throws -> String {
      RunFingerprint.data(
        try tokenising.tokenize(
          [Example(id: 1, prompt: "<image>", completion: "a", images: images)], sequenceLength: 99, source: "f"
        ).examples)
    }
    var image = try RasterImage(contentsOf: Self.folder.appendingPathComponent("pictures/16x16.png"))
    let original = try fingerprint(.raster(image))
    #expect(try fingerprint(picture("16x16.png")) == original)
    image.pixels[image.pixels.count - 1] ^= 1
    #expect(try fingerprint(.raster(image)) != original)
    // Of text alone it is what earlier versions stored.
    let text = [TokenizedExample(tokens: [1, 2, 3], lossStart: 1, exampleIndex: 0)]
    #expect(RunFingerprint.data(text) == "322c3ab6aadc387c")
  }

  @Test func anImageIsOnePieceOfThePreview() throws {
    let example = Example(id: 1, prompt: "<image>What?", completion: "A", images: [picture("50x30.png")])
    func text(_ splits: Bool) throws -> String {
      let tokenized = try #require(
        try tokenising(splits: splits).tokenize(example, index: 0, sequenceLength: 999).example)
      let pieces = TokenPieces.of(tokenized, tokenizer: tokenizer)
      #expect(pieces.filter { $0.text.hasPrefix("[image") }.allSatisfy { !$0.isTrained && $0.id == imageToken })
      return pieces.map(\.text).joined()
    }
    let around = "<fake_token_around_image>"
    #expect(try text(false) == "\(around)<global-img>[image 2×2]\(around)What?A<end_of_utterance>")
    #expect(try text(true).hasPrefix("\(around)<row_1_col_1>[image 2×2]\(around)<row_1_col_2>[image 2×2]"))
    #expect(try text(true).hasSuffix("\n\n\(around)<global-img>[image 2×2]\(around)What?A<end_of_utterance>"))
  }

  // MARK: Refusals

  private func problem(_ example: Example, _ tokenising: Tokenising) -> (text: String, status: Int32)? {
    do {
      _ = try tokenising.tokenize([example], sequenceLength: 99, source: "d.jsonl")
      return nil
    } catch let error as TrainingError {
      return (error.description, error.exitStatus)
    } catch {
      return ("\(error)", -1)
    }
  }

  @Test func picturesThatCannotBeShownNameTheExample() throws {
    let seeing = try tokenising()
    let missing = problem(
      Example(id: 12, prompt: "<image>", completion: "a", images: [picture("none.png")]), seeing)
    #expect(missing?.text.hasPrefix("d.jsonl: example 12: ") == true && missing?.text.contains("none.png") == true)
    #expect(missing?.status == 66)
    let broken = problem(
      Example(id: 3, prompt: "<image>", completion: "a", images: [.encoded([1, 2], name: "the picture of turn 1")]),
      seeing)
    #expect(
      broken?.text
        == "d.jsonl: example 3: the picture of turn 1: is not a PNG or JPEG picture; convert it to one of these")
    #expect(broken?.status == 65)
    let blind = Tokenising(tokenizer)
    #expect(
      problem(Example(id: 4, prompt: "<image>", completion: "a", images: [picture("1x1.png")]), blind)?.text
        == "d.jsonl: example 4: the base model has no vision tower, so it takes no pictures; use one that sees")
    // To a base that does not see, the word is a word.
    #expect(problem(Example(id: 4, prompt: "<image>", completion: "a"), blind) == nil)
    #expect(
      problem(Example(id: 5, prompt: "<image>", completion: "a"), seeing)?.text
        == "d.jsonl: example 5: the text has 1 <image> for 0 pictures; each picture needs one")
    #expect(
      problem(Example(id: 6, prompt: "", completion: "<image>", images: [picture("1x1.png")]), seeing) != nil)
    let chat = try tokenising(chat: true)
    #expect(
      problem(Example(id: 7, prompt: "q", completion: "<image>", images: [picture("1x1.png")]), chat)?.text
        == "d.jsonl: example 7: <image> stands in what the assistant says; only what is asked may have a picture")
  }

  /// A base without a tower is not trained on pictures, whoever tokenised them.
  @Test func aTrainerRefusesWhatItsBaseCannotSee() throws {
    let data = try tokenising().tokenize(
      [Example(id: 1, prompt: "<image>", completion: "a", images: [picture("1x1.png")])], sequenceLength: 32,
      source: "f")
    let configuration = ModelConfiguration(
      vocabularySize: Int(tokenizer.largestID) + 1, hiddenSize: 24, layers: 2, heads: 3, kvHeads: 1, headSize: 8,
      intermediateSize: 40, maxPositions: 64)
    let base = try TinyModel.base(configuration)
    #expect(throws: BatchError.images(.blind(images: 1))) {
      try Trainer(
        base: base, adapter: try TinyModel.adapter(), data: data.examples, options: TinyModel.options(steps: 1),
        team: WorkerTeam(threads: 1))
    }
  }

  @Test func latencyPromptsHoldNoImageToken() {
    let plain = Latency.prompt(of: 2000, vocabulary: 50, imageToken: nil, seed: 3)
    let seeing = Latency.prompt(of: 2000, vocabulary: 50, imageToken: 49, seed: 3)
    #expect(plain.contains(49) && !seeing.contains(49))
    #expect(zip(plain, seeing).allSatisfy { $0 == $1 || ($0 == 49 && $1 == 0) })
  }
}
