import Kernels
import Recipe

/// How a base sees: a SigLIP-like tower over square patches, pixel shuffle, and a linear connector into the decoder's residual
/// stream, as in Idefics3 and SmolVLM (transformers' `SmolVLMForConditionalGeneration`).
public struct VisionConfiguration: Sendable, Equatable, Codable {
  /// Side of the square image that the tower takes, in pixels.
  public var imageSize: Int
  /// Side of a patch, in pixels; what is left of `imageSize` at the right and below is not seen.
  public var patchSize: Int
  /// Width of the tower's residual stream.
  public var hiddenSize: Int
  public var layers: Int
  /// Heads of the tower's attention, which is neither causal nor turned; divides `hiddenSize`.
  public var heads: Int
  public var intermediateSize: Int
  public var layerNormEpsilon: Float
  /// GELU with the tangent's approximation in SigLIP.
  public var activation: ActivationKind
  /// Side of the square of patches that pixel shuffle joins into one image token; divides the patches of a side.
  public var scaleFactor: Int
  /// The token id that stands in a sequence for each of an image's tokens.
  public var imageToken: Int32

  public init(
    imageSize: Int, patchSize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int,
    layerNormEpsilon: Float = 1e-6, activation: ActivationKind = .geluTanh, scaleFactor: Int, imageToken: Int32
  ) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
    self.layerNormEpsilon = layerNormEpsilon
    self.activation = activation
    self.scaleFactor = scaleFactor
    self.imageToken = imageToken
  }

  /// The blocks of the tower as a model of their own: what GPT-2's blocks compute, without a mask.
  public var tower: ModelConfiguration {
    ModelConfiguration(
      vocabularySize: 1, hiddenSize: hiddenSize, layers: layers, heads: heads, kvHeads: heads,
      headSize: hiddenSize / max(1, heads), intermediateSize: intermediateSize, rmsNormEpsilon: layerNormEpsilon,
      maxPositions: patches,
      block: BlockDescription(
        norm: .layer, feedForward: .plain, activation: activation,
        biases: [.qProj, .kProj, .vProj, .oProj, .upProj, .downProj], isCausal: false,
        layers: Array(repeating: LayerAttention(rotary: nil), count: layers)),
      rotary: [], names: .siglip, modelType: "siglip_vision_model")
  }

  /// Parameters of tower and connector.
  ///
  /// - Parameter width: of the decoder's residual stream.
  func parameterCount(width: Int) -> Int {
    // The tower's own count has an embedding of one token, which is not there, and a final norm, which is `post_layernorm`.
    let embeddings = (Patches.columns(side: patchSize) + 1 + patches) * hiddenSize
    return tower.parameterCount - hiddenSize + embeddings + width * shuffledWidth
  }

  /// Refuses shapes that no tower can have. Called after the decoder's own are checked.
  func validate(vocabulary: Int) throws(ModelError) {
    let sizes = [
      ("vision image size", imageSize, 1 << 14), ("vision patch size", patchSize, 1 << 10),
      ("vision hidden size", hiddenSize, 1 << 16), ("number of vision layers", layers, 1 << 12),
      ("number of vision attention heads", heads, 1 << 12), ("vision intermediate size", intermediateSize, 1 << 18),
      ("vision scale factor", scaleFactor, 1 << 6),
    ]
    for (name, value, limit) in sizes where value < 1 || value > limit {
      throw .configuration("\(name) is \(value); it must be between 1 and \(limit)")
    }
    guard patchSize <= imageSize else {
      throw .configuration("vision patch size \(patchSize) is larger than the image size \(imageSize)")
    }
    guard hiddenSize % heads == 0 else {
      throw .configuration("vision hidden size \(hiddenSize) is not a multiple of the \(heads) attention heads")
    }
    guard side % scaleFactor == 0 else {
      throw .configuration("\(side) patches along a side cannot be joined by a scale factor of \(scaleFactor)")
    }
    guard patches <= 1 << 16 else {
      throw .configuration("\(patches) patches of an image are more than 65536; is the vision patch size right?")
    }
    guard layerNormEpsilon.isFinite, layerNormEpsilon >= 0 else {
      throw .configuration("vision norm epsilon is \(layerNormEpsilon); it must not be negative")
    }
    guard imageToken >= 0, imageToken < vocabulary else {
      throw .configuration("image token \(imageToken) is outside the vocabulary of \(vocabulary)")
    }
  }

  /// Patches along a side.
  public var side: Int { imageSize / patchSize }
  public var patches: Int { side * side }
  /// Tokens that one image (one tile of a split image) takes in a sequence.
  public var tokensPerImage: Int { patches / (scaleFactor * scaleFactor) }
  /// Features that pixel shuffle gives the connector for each image token.
  public var shuffledWidth: Int { hiddenSize * scaleFactor * scaleFactor }
}

/// The names that transformers' `SmolVLMForConditionalGeneration` gives to the parameters of tower and connector. Those of linear
/// layers are `ModuleNames.siglip`'s.
public enum VisionNames {
  private static let prefix = ModuleNames.siglip.prefix

  /// `[width, 3, side, side]`
  public static let patchEmbedding = "\(prefix)embeddings.patch_embedding.weight"
  public static let patchBias = "\(prefix)embeddings.patch_embedding.bias"
  public static let positionEmbedding = "\(prefix)embeddings.position_embedding.weight"
  public static let postNorm = "\(prefix)post_layernorm.weight"
  public static let postNormBias = "\(prefix)post_layernorm.bias"
  public static let connector = "\(connectorLayer).weight"
  public static let connectorLayer = "model.connector.modality_projection.proj"

  /// Before a layer's attention, without `.weight` or `.bias`.
  public static func inputNorm(_ layer: Int) -> String { "\(ModuleNames.siglip.blocks).\(layer).layer_norm1" }

  /// Before a layer's feed-forward part, likewise.
  public static func postAttentionNorm(_ layer: Int) -> String { "\(ModuleNames.siglip.blocks).\(layer).layer_norm2" }
}

/// One square image as the vision tower takes it: resized and normalised.
public struct PixelValues: Sendable, Equatable {
  /// Pixels along a side; `VisionConfiguration.imageSize`.
  public let size: Int
  /// `[3, size, size]`: red, green, blue planes, row by row.
  public let values: [Float]

  public init(size: Int, values: [Float]) {
    precondition(values.count == 3 * size * size, "an image of side \(size) has \(3 * size * size) values")
    self.size = size
    self.values = values
  }
}

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
