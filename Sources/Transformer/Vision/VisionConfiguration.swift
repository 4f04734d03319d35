import Kernels

/// How a base sees: a SigLIP-like tower over square patches, pixel shuffle, and a linear connector into the decoder's residual
/// stream, as in Idefics3 and SmolVLM (transformers' `SmolVLMForConditionalGeneration`).
public struct VisionConfiguration: Sendable, Equatable, Codable {
  /// Side of the square image that the tower takes, in pixels.
  public var imageSize: Int
  /// Side of a patch, in pixels; divides `imageSize`.
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

  /// Patches along a side.
  public var side: Int { imageSize / patchSize }
  public var patches: Int { side * side }
  /// Tokens that one image (one tile of a split image) takes in a sequence.
  public var tokensPerImage: Int { patches / (scaleFactor * scaleFactor) }
  /// Features that pixel shuffle gives the connector for each image token.
  public var shuffledWidth: Int { hiddenSize * scaleFactor * scaleFactor }
}
