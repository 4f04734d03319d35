import Kernels
import Recipe

/// What a decoder's blocks consist of, as data: one forward pass, one backward pass and one decoding step read it, so that a
/// family of models is a value and not a class. The default is Llama's block.
public struct BlockDescription: Sendable, Equatable, Codable {
  public enum Norm: String, Sendable, Codable {
    /// x · w / RMS(x)
    case rms
    /// (x − mean) · w / deviation + b
    case layer
  }

  public enum FeedForward: String, Sendable, Codable {
    /// down(activation(gate(x)) · up(x))
    case gated
    /// The same with one weight for gate and up.
    case fusedGated = "fused_gated"
    /// down(activation(up(x)))
    case plain
  }

  public var norm: Norm
  /// Added to the stored weight of every RMS norm; 1 in Gemma.
  public var normWeightOffset: Float
  /// The outputs of attention and feed-forward layer are normalised before they join the residual stream (Gemma 2 and 3).
  public var normalizesOutputs: Bool
  /// Every head's query and key is RMS-normalised before it is turned (Qwen 3, Gemma 3).
  public var normalizesQueriesAndKeys: Bool
  /// Queries, keys and values come from one weight.
  public var fusesQKV: Bool
  public var feedForward: FeedForward
  public var activation: ActivationKind
  /// Linear layers that add a bias, in canonical order.
  public var biases: [LinearModule]
  /// Factor of q·k; nil for 1/√(head size).
  public var attentionScale: Float?
  /// Scores become cap · tanh(score / cap) (Gemma 2).
  public var attentionSoftCap: Float?
  /// Tokens see what is before them only; all of their sequence otherwise, as in a vision tower.
  public var isCausal: Bool
  /// One for each layer; empty where every layer sees everything before it and turns by the first of
  /// `ModelConfiguration.rotary`.
  public var layers: [LayerAttention]

  public init(
    norm: Norm = .rms, normWeightOffset: Float = 0, normalizesOutputs: Bool = false,
    normalizesQueriesAndKeys: Bool = false, fusesQKV: Bool = false, feedForward: FeedForward = .gated,
    activation: ActivationKind = .silu, biases: [LinearModule] = [], attentionScale: Float? = nil,
    attentionSoftCap: Float? = nil, isCausal: Bool = true, layers: [LayerAttention] = []
  ) {
    self.norm = norm
    self.normWeightOffset = normWeightOffset
    self.normalizesOutputs = normalizesOutputs
    self.normalizesQueriesAndKeys = normalizesQueriesAndKeys
    self.fusesQKV = fusesQKV
    self.feedForward = feedForward
    self.activation = activation
    self.biases = biases
    self.attentionScale = attentionScale
    self.attentionSoftCap = attentionSoftCap
    self.isCausal = isCausal
    self.layers = layers
  }

  public static let llama = BlockDescription()
}

/// What differs between the attentions of a model's layers.
public struct LayerAttention: Sendable, Equatable, Codable {
  /// A token sees itself and this many less one before it; nil for all before it.
  public var window: Int?
  /// Which of `ModelConfiguration.rotary` turns queries and keys; nil for none.
  public var rotary: Int?

  public init(window: Int? = nil, rotary: Int? = 0) {
    self.window = window
    self.rotary = rotary
  }
}
