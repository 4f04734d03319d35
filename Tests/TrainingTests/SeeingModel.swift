import Foundation
import HuggingFace
import Testing
import Text
import Training
import Transformer

/// A base of a few thousand parameters that sees, with the tokenizer and the pictures of Tests/Fixtures/images.
struct SeeingModel {
  static let fixtures = Fixture.folder.appendingPathComponent("images")
  static let processorFolder = fixtures.appendingPathComponent("processor")

  let tokenizer: Tokenizer
  let base: BaseModel
  let vision: VisionConfiguration

  init(seed: UInt64 = 1) throws {
    tokenizer = try Tokenizer(folder: Self.processorFolder)
    vision = VisionConfiguration(
      imageSize: 16, patchSize: 4, hiddenSize: 12, layers: 1, heads: 2, intermediateSize: 16, scaleFactor: 2,
      imageToken: try #require(tokenizer.id(of: "<image>")))
    var configuration = ModelConfiguration(
      vocabularySize: Int(tokenizer.largestID) + 1, hiddenSize: 24, layers: 2, heads: 3, kvHeads: 1, headSize: 8,
      intermediateSize: 40, maxPositions: 256)
    configuration.vision = vision
    configuration.names = .smolvlm
    configuration.modelType = "smolvlm"
    base = try TinyModel.base(configuration, seed: seed)
  }

  static func picture(_ name: String) -> ImageSource {
    .file(path: fixtures.appendingPathComponent("pictures/\(name)").path)
  }

  func images(splits: Bool = false) -> ImageProcessor {
    ImageProcessor(size: .longestEdge(64), splits: splits, tileSize: 16)
  }

  func sight(splits: Bool = false) throws -> Sight {
    .sees(
      try VisionProcessor(images: images(splits: splits), tokenizer: tokenizer, vision: vision, source: "fixture"))
  }

  func tokenising(splits: Bool = false) throws -> Tokenising {
    Tokenising(tokenizer, sight: try sight(splits: splits))
  }

  /// A folder as people have them, removed when the test is over.
  func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-test-\(UUID().uuidString)")
    try ModelFolder.write(
      base, tokenizerJSON: Data(contentsOf: Self.processorFolder.appendingPathComponent("tokenizer.json")),
      eosToken: "<end_of_utterance>", files: ProcessorFiles.files(images: images(), vision: vision), to: folder,
      element: .float32)
    return folder
  }
}
