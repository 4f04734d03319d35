/// Why tokens and images do not go together, in a few words.
public enum ImageProblem: Error, Equatable, Sendable, CustomStringConvertible {
  /// Images for a base without a vision tower.
  case blind(images: Int)
  case size(index: Int, size: Int, expected: Int)
  case count(tokens: Int, images: Int, tokensPerImage: Int)

  /// nil where each image has its tokens and each image token its image.
  init?(tokens: some Sequence<Int32>, images: [PixelValues], in configuration: ModelConfiguration) {
    guard let vision = configuration.vision else {
      if images.isEmpty { return nil }
      self = .blind(images: images.count)
      return
    }
    for (index, image) in images.enumerated() where image.size != vision.imageSize {
      self = .size(index: index, size: image.size, expected: vision.imageSize)
      return
    }
    let count = tokens.reduce(0) { $0 + ($1 == vision.imageToken ? 1 : 0) }
    if count == images.count * vision.tokensPerImage { return nil }
    self = .count(tokens: count, images: images.count, tokensPerImage: vision.tokensPerImage)
  }

  public var description: String {
    switch self {
    case .blind(let images):
      "\(images) images are given to a base model without a vision tower; use one that sees"
    case .size(let index, let size, let expected):
      "image \(index) is \(size) pixels wide, the vision tower takes \(expected); prepare it with the model's processor"
    case .count(let tokens, let images, let perImage):
      "\(tokens) image tokens for \(images) images of \(perImage) tokens each; every image needs exactly its own"
    }
  }
}
