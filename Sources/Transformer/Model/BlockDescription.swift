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

  /// What one RMS norm of queries and keys is taken over.
  public enum HeadNorm: String, Sendable, Codable {
    /// Every head by itself, before it is turned (Qwen 3, Gemma 3, EXAONE 4).
    case head
    /// All heads' features together, before they are turned (OLMo 2 and 3).
    case allHeads = "all_heads"
    /// Every head by itself, after it is turned (Hunyuan).
    case turnedHead = "turned_head"
  }

  public var norm: Norm
  /// Added to the stored weight of every RMS norm; 1 in Gemma.
  public var normWeightOffset: Float
  /// The residual stream is normalised before attention and feed-forward layer; not in OLMo 2 and 3 and EXAONE 4, whose
  /// outputs alone are.
  public var normalizesInputs: Bool
  /// The outputs of attention and feed-forward layer are normalised before they join the residual stream (Gemma 2 and 3).
  public var normalizesOutputs: Bool
  /// Factor of what joins the residual stream (Granite).
  public var residualScale: Float
  /// Queries and keys are RMS-normalised, as `headNorm` says.
  public var normalizesQueriesAndKeys: Bool
  public var headNorm: HeadNorm
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
  /// What stands in the attention's place in some blocks (LFM2).
  public var shortConvolution: ShortConvolutions?
  /// What stands in the attention's place in some blocks (Qwen 3.5).
  public var linearAttention: LinearAttentions?
  /// Each head's output of attention is multiplied by a gate, which is projected with its query: y = a ⊙ σ(g).
  public var gatesAttention: Bool

  public init(
    norm: Norm = .rms, normWeightOffset: Float = 0, normalizesInputs: Bool = true, normalizesOutputs: Bool = false,
    residualScale: Float = 1, normalizesQueriesAndKeys: Bool = false, headNorm: HeadNorm = .head,
    fusesQKV: Bool = false, feedForward: FeedForward = .gated,
    activation: ActivationKind = .silu, biases: [LinearModule] = [], attentionScale: Float? = nil,
    attentionSoftCap: Float? = nil, isCausal: Bool = true, layers: [LayerAttention] = [],
    shortConvolution: ShortConvolutions? = nil, linearAttention: LinearAttentions? = nil, gatesAttention: Bool = false
  ) {
    self.norm = norm
    self.normWeightOffset = normWeightOffset
    self.normalizesInputs = normalizesInputs
    self.normalizesOutputs = normalizesOutputs
    self.residualScale = residualScale
    self.normalizesQueriesAndKeys = normalizesQueriesAndKeys
    self.headNorm = headNorm
    self.fusesQKV = fusesQKV
    self.feedForward = feedForward
    self.activation = activation
    self.biases = biases
    self.attentionScale = attentionScale
    self.attentionSoftCap = attentionSoftCap
    self.isCausal = isCausal
    self.layers = layers
    self.shortConvolution = shortConvolution
    self.linearAttention = linearAttention
    self.gatesAttention = gatesAttention
  }

  public static let llama = BlockDescription()

  /// A layer's output is not added to the residual stream as it is multiplied.
  var changesOutputs: Bool { normalizesOutputs || residualScale != 1 }
}

/// Gated short convolutions in place of attention: out(C ⊙ conv(B ⊙ x)), where B, C and x are the parts of in(input).
public struct ShortConvolutions: Sendable, Equatable, Codable {
  /// Tokens that a feature is convolved over, the present one among them.
  public var width: Int
  /// The blocks that have one, rising.
  public var layers: [Int]

  public init(width: Int, layers: [Int]) {
    self.width = width
    self.layers = layers
  }
}

/// The gated delta rule in place of attention: out(norm(o) ⊙ SiLU(z)), as `GatedDelta` has it.
public struct LinearAttentions: Sendable, Equatable, Codable {
  public var shape: GatedDeltaShape
  /// The blocks that have one, rising.
  public var layers: [Int]

  public init(shape: GatedDeltaShape, layers: [Int]) {
    self.shape = shape
    self.layers = layers
  }
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
