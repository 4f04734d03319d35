import HuggingFace
import Transformer

/// What an answer is generated from, with pictures as bytes: the floats of many pictures are large, so they are made when they are
/// needed.
public struct ExamplePrompt: Sendable, Equatable {
  public var tokens: [Int32]
  /// In the order of their tokens.
  public var images: [ImageTiles]

  public init(tokens: [Int32], images: [ImageTiles] = []) {
    self.tokens = tokens
    self.images = images
  }

  /// As the model takes it.
  public var prompt: Prompt { Prompt(tokens: tokens, images: images.flatMap(\.pixelValues)) }

  /// Bytes of the floats in `prompt`.
  var pixelBytes: Int {
    images.reduce(0) { $0 + $1.tiles.count * 3 * $1.size * $1.size * MemoryLayout<Float>.stride }
  }
}
