import Foundation
import HuggingFace
import TestFiles
import Testing
import Text
import Transformer

@Suite struct VisionProcessorTests {
  private static func vision(_ image: Int32?, size: Int = 16, patch: Int = 4, factor: Int = 2) -> VisionConfiguration {
    VisionConfiguration(
      imageSize: size, patchSize: patch, hiddenSize: 8, layers: 1, heads: 1, intermediateSize: 8, scaleFactor: factor,
      imageToken: image ?? -1)
  }

  private let tokenizer: Tokenizer
  private let vision: VisionConfiguration

  init() throws {
    tokenizer = try Tokenizer(folder: ImageGoldens.processor)
    vision = Self.vision(tokenizer.id(of: "<image>"))
  }

  private func processor(splits: Bool) throws -> VisionProcessor {
    try VisionProcessor(
      images: ImageProcessor(size: .longestEdge(64), splits: splits, tileSize: 16), tokenizer: tokenizer,
      vision: vision, source: "test")
  }

  @Test func placesAreThoseOfTransformers() throws {
    let goldens = try ImageGoldens.list("places")
    #expect(goldens.count == 5)
    for golden in goldens {
      let prompt = ImagePrompt(tokensPerImage: golden.number("tokens"))
      #expect(prompt.text(rows: golden.number("rows"), columns: golden.number("columns")) == golden.text("text"))
    }
  }

  /// Token ids of prompts with pictures are those of `Idefics3Processor`.
  @Test func promptsAreThoseOfTransformers() throws {
    let goldens = try ImageGoldens.list("prompts")
    #expect(goldens.count == 14)
    for golden in goldens {
      let processor = try processor(splits: golden["splits"]?.bool ?? false)
      let tiles = try golden.texts("pictures").map { try processor.tiles(of: ImageGoldens.image($0), name: $0) }
      let text = try processor.expand(golden.text("text"), images: tiles).text
      let ids = tokenizer.encode(text, addSpecial: true)
      #expect(ids == golden.ids("ids"), "\(golden.text("text"))")
      let ranges = try processor.ranges(of: tiles, in: ids)
      #expect(ranges.count == tiles.count)
      for (range, tiles) in zip(ranges, tiles) {
        #expect(ids[range].count { $0 == vision.imageToken } == 4 * tiles.tiles.count)
      }
    }
  }

  /// Conversations with content lists through a template in SmolVLM's style.
  @Test func conversationsAreThoseOfTransformers() throws {
    let chat = try #require(try ChatTemplate.read(folder: ImageGoldens.processor))
    let processor = try VisionProcessor(folder: ImageGoldens.processor, tokenizer: tokenizer, vision: vision)
    let goldens = try ImageGoldens.list("conversations")
    #expect(goldens.count == 8)
    for golden in goldens {
      let messages = golden["messages"]?.array?.compactMap(\.object).map { ChatMessage(fields: $0) } ?? []
      let text = try chat.render(
        messages, addGenerationPrompt: golden["add_generation_prompt"]?.bool ?? false)
      #expect(text == golden.text("text"))
      let tiles = try golden.texts("pictures").map { try processor.tiles(of: ImageGoldens.image($0), name: $0) }
      #expect(tokenizer.encode(try processor.expand(text, images: tiles).text, addSpecial: false) == golden.ids("ids"))
    }
  }

  @Test func spansMoveWithTheText() throws {
    let processor = try processor(splits: true)
    let tiles = try ["16x16.png", "50x30.png"].map { try processor.tiles(of: ImageGoldens.image($0), name: $0) }
    let text = "aé<image>bc<imag><image>d"
    let bytes = Array(text.utf8)
    let spans = [0..<3, 10..<12, 11..<17, (bytes.count - 1)..<bytes.count]
    let (shown, moved) = try processor.expand(text, spans: spans, images: tiles)
    let after = Array(shown.utf8)
    #expect(moved.map { Array(after[$0]) } == spans.map { Array(bytes[$0]) })
    #expect(after.count > 400)
  }

  @Test func eachPlaceNeedsItsPicture() throws {
    let processor = try processor(splits: false)
    let tiles = try processor.tiles(of: ImageGoldens.image("16x16.png"), name: "p")
    #expect(
      refusal { _ = try processor.expand("none", images: [tiles]) }?.text
        == "the text has 0 <image> for 1 picture; each picture needs one")
    #expect(
      refusal { _ = try processor.expand("<image> <image>", images: []) }?.text
        == "the text has 2 <image> for 0 pictures; each picture needs one")
    #expect(refusal { _ = try processor.ranges(of: [tiles], in: [1, vision.imageToken]) }?.status == 65)
  }

  @Test func partsThatDoNotBelongTogetherAreRefused() throws {
    let images = ImageProcessor(size: .longestEdge(64), splits: true, tileSize: 16)
    func problem(_ tokenizer: Tokenizer, _ vision: VisionConfiguration) -> String {
      refusal { _ = try VisionProcessor(images: images, tokenizer: tokenizer, vision: vision, source: "m") }?.text ?? ""
    }
    #expect(
      problem(tokenizer, Self.vision(vision.imageToken, size: 32)).contains("16 pixels a side, but the tower takes 32"))
    #expect(problem(tokenizer, Self.vision(3)).contains("is not the model's image token 3"))
    let plain = try Tokenizer(folder: Fixtures.folder("tokenizers/gpt2"))
    #expect(problem(plain, vision).contains("the tokenizer has no token <image>"))
    // The tower's tokens and the processor's.
    let other = Self.vision(vision.imageToken, factor: 4)
    let error = refusal {
      _ = try VisionProcessor(folder: ImageGoldens.processor, tokenizer: tokenizer, vision: other)
    }
    #expect(error?.text.contains("image_seq_len is 4, but the tower makes 1 tokens of an image") == true)
    // More tiles than the tokenizer has places for.
    let fine = try VisionProcessor(
      images: ImageProcessor(size: .longestEdge(80), splits: true, tileSize: 16), tokenizer: tokenizer,
      vision: vision, source: "m")
    #expect(
      refusal { _ = try fine.tiles(of: ImageGoldens.image("90x7.png"), name: "90x7.png") }?.text
        == "90x7.png: falls into 1 × 5 tiles, and the tokenizer has no <row_1_col_5>; make the picture less long")
  }

  /// What is missing for pictures is told when one is there, and not before.
  @Test func sightTellsWhyNot() throws {
    #expect(Sight.none.processor == nil)
    #expect(refusal { _ = try Sight.none.required() }?.text.hasPrefix("the base model has no vision tower") == true)
    let folder = try TemporaryFolder.copy(of: "images/processor")
    #expect(Sight(folder: folder.url, tokenizer: tokenizer, vision: vision).processor != nil)
    #expect(Sight(folder: folder.url, tokenizer: tokenizer, vision: nil).processor == nil)
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("preprocessor_config.json"))
    let sight = Sight(folder: folder.url, tokenizer: tokenizer, vision: vision)
    let error = refusal { _ = try sight.required() }
    #expect(error?.text.contains("has no preprocessor_config.json") == true && error?.status == 66)
    // Without a config.json nobody knows what the model sees.
    #expect(refusal { _ = try Sight(folder: folder.url, tokenizer: tokenizer).required() }?.status == 66)
  }

  @Test(arguments: [false, true])
  func writtenFilesReadAsTheyWere(_ splits: Bool) throws {
    let images = ImageProcessor(
      size: splits ? .longestEdge(64) : .exactly(height: 16, width: 16), resampling: .bicubic, splits: splits,
      tileSize: 16, mean: [0.25, 0.5, 0.75], deviation: [1, 2, 3])
    let folder = try TemporaryFolder.copy(of: "images/processor")
    for (name, contents) in ProcessorFiles.files(images: images, vision: vision) {
      _ = try folder.write(Array(contents), name)
    }
    #expect(try VisionProcessor(folder: folder.url, tokenizer: tokenizer, vision: vision).images == images)
    let own = ImageProcessor(size: nil, splits: splits, tileSize: 16, rescaleFactor: nil, mean: nil, deviation: nil)
    for (name, contents) in ProcessorFiles.files(images: own, vision: vision) {
      _ = try folder.write(Array(contents), name)
    }
    #expect(try ImageProcessor(folder: folder.url) == own)
  }
}
