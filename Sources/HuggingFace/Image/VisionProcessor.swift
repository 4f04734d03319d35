import Foundation
import Recipe
import Text
import Transformer

/// How pictures and the texts around them become what a seeing base takes: transformers' `Idefics3Processor` and
/// `SmolVLMProcessor`.
public struct VisionProcessor: Sendable {
  public let images: ImageProcessor
  public let prompt: ImagePrompt
  public let vision: VisionConfiguration
  /// Tokens that this tokenizer has, asked by their text.
  private let has: @Sendable (String) -> Bool

  /// From the files of a model's folder.
  ///
  /// - Throws: `ModelFolderError` for files that are missing, or that do not belong to this tower or tokenizer.
  public init(folder: URL, tokenizer: Tokenizer, vision: VisionConfiguration) throws {
    let reader = try ImageProcessorReader(folder: folder)
    if let length = reader.sequenceLength, length != vision.tokensPerImage {
      throw ModelFolderError.data(
        folder.appendingPathComponent("processor_config.json").path,
        "image_seq_len is \(length), but the tower makes \(vision.tokensPerImage) tokens of an image; "
          + "take the files that belong to the model")
    }
    try self.init(images: try reader.processor(), tokenizer: tokenizer, vision: vision, source: folder.path)
  }

  /// - Parameter source: where the parts are from, for messages.
  public init(
    images: ImageProcessor, tokenizer: Tokenizer, vision: VisionConfiguration, source: String
  ) throws {
    guard images.tileSize == vision.imageSize else {
      throw ModelFolderError.data(
        source,
        "pictures are prepared with \(images.tileSize) pixels a side, but the tower takes \(vision.imageSize); "
          + "take the preprocessor_config.json that belongs to the model")
    }
    for token in [ImagePrompt.placeholder, ImagePrompt.fake, ImagePrompt.global] where tokenizer.id(of: token) == nil {
      throw ModelFolderError.data(
        source, "the tokenizer has no token \(token), which stands for pictures; take the model's own tokenizer")
    }
    guard tokenizer.id(of: ImagePrompt.placeholder) == vision.imageToken else {
      throw ModelFolderError.data(
        source,
        "the tokenizer's \(ImagePrompt.placeholder) is not the model's image token \(vision.imageToken); "
          + "take the model's own tokenizer")
    }
    self.images = images
    self.vision = vision
    prompt = ImagePrompt(tokensPerImage: vision.tokensPerImage)
    has = { tokenizer.id(of: $0) != nil }
  }

  /// Resizes and cuts a picture.
  ///
  /// - Throws: `ImageError` for one that falls into more tiles than the tokenizer has places for.
  public func tiles(of image: RasterImage, name: String) throws -> ImageTiles {
    let tiles = images.tiles(of: image)
    for row in 0..<tiles.rows {
      for column in 0..<tiles.columns where !has(ImagePrompt.place(row: row, column: column)) {
        throw ImageError.data(
          name,
          "falls into \(tiles.rows) × \(tiles.columns) tiles, and the tokenizer has no "
            + "\(ImagePrompt.place(row: row, column: column)); make the picture less long")
      }
    }
    return tiles
  }

  /// Puts pictures in the place of a text's placeholders.
  ///
  /// - Parameter spans: of the text's UTF-8 bytes.
  /// - Throws: `ImageError` unless there is one picture for each placeholder.
  public func expand(
    _ text: String, spans: [Range<Int>] = [], images: [ImageTiles]
  ) throws -> (text: String, spans: [Range<Int>]) {
    let places = ImagePrompt.placeholders(in: text)
    guard places == images.count else {
      throw ImageError(
        description: "the text has \(places) \(ImagePrompt.placeholder) for \(images.count) "
          + "picture\(images.count == 1 ? "" : "s"); each picture needs one", exitStatus: ExitStatus.badData)
    }
    return prompt.expanded(text, spans: spans, images: images.map { ($0.rows, $0.columns) })
  }

  /// For each picture, from its first image token to behind its last.
  ///
  /// - Throws: `ImageError` unless the tokens have as many image tokens as the pictures need.
  public func ranges(of images: [ImageTiles], in tokens: [Int32]) throws -> [Range<Int>] {
    if images.isEmpty, !tokens.contains(vision.imageToken) { return [] }
    let places = tokens.indices.filter { tokens[$0] == vision.imageToken }
    let needed = images.map { $0.tiles.count * vision.tokensPerImage }
    guard places.count == needed.reduce(0, +) else {
      throw ImageError(
        description: "the text has \(places.count) image tokens, its pictures need \(needed.reduce(0, +)); does the "
          + "tokenizer belong to this model?", exitStatus: ExitStatus.badData)
    }
    var ranges: [Range<Int>] = []
    var done = 0
    for count in needed {
      ranges.append(places[done]..<(places[done + count - 1] + 1))
      done += count
    }
    return ranges
  }
}

/// Whether a model can be shown pictures, and if not, why: told when one is there, so that texts need none of it.
public enum Sight: Sendable {
  case sees(VisionProcessor)
  case blind(ImageError)

  /// Of a base without a vision tower.
  public static let none = Sight.blind(
    ImageError(
      description: "the base model has no vision tower, so it takes no pictures; use one that sees",
      exitStatus: ExitStatus.badData))

  /// Of a model's folder.
  ///
  /// - Parameter vision: of the model's configuration.
  public init(folder: URL, tokenizer: Tokenizer, vision: VisionConfiguration?) {
    guard let vision else {
      self = .none
      return
    }
    do {
      self = .sees(try VisionProcessor(folder: folder, tokenizer: tokenizer, vision: vision))
    } catch let error as any ExitStatusError {
      self = .blind(ImageError(description: error.description, exitStatus: error.exitStatus))
    } catch {
      self = .blind(ImageError(description: "\(folder.path): \(error)", exitStatus: ExitStatus.badData))
    }
  }

  /// The same from the folder's files alone.
  public init(folder: URL, tokenizer: Tokenizer) {
    do {
      self.init(
        folder: folder, tokenizer: tokenizer, vision: try ModelFolder.configuration(at: folder).vision)
    } catch let error as any ExitStatusError {
      self = .blind(ImageError(description: error.description, exitStatus: error.exitStatus))
    } catch {
      self = .blind(ImageError(description: "\(folder.path): \(error)", exitStatus: ExitStatus.badData))
    }
  }

  public var processor: VisionProcessor? { if case .sees(let processor) = self { processor } else { nil } }

  /// - Throws: why not.
  public func required() throws -> VisionProcessor {
    switch self {
    case .sees(let processor): return processor
    case .blind(let reason): throw reason
    }
  }
}
