import Kernels

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
