/// What an answer is generated from: tokens, and the images whose tokens are among them.
public struct Prompt: Sendable, Equatable {
  public var tokens: [Int32]
  /// In the order in which their tokens stand; each takes `VisionConfiguration.tokensPerImage` occurrences of the image token.
  public var images: [PixelValues]

  public init(tokens: [Int32], images: [PixelValues] = []) {
    self.tokens = tokens
    self.images = images
  }
}
