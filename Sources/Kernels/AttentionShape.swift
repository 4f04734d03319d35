/// Heads of one attention layer, and what its scores go through. Query head `h` attends to key and value head
/// `h / (heads / kvHeads)`.
public struct AttentionShape: Sendable, Equatable {
  public var heads: Int
  public var kvHeads: Int
  public var headSize: Int
  /// Factor on the scores, usually `1 / sqrt(headSize)`; must be positive.
  public var scale: Float
  /// Keys that a token sees, itself included (a sliding window, as in Mistral); nil for all. At least 1.
  public var window: Int?
  /// Scaled scores become `softCap · tanh(score / softCap)` (Gemma 2); nil for as they are. Must be positive.
  public var softCap: Float?
  /// A token sees itself and what is before it; otherwise all of its sequence, and there is no window.
  public var isCausal: Bool

  public init(
    heads: Int, kvHeads: Int, headSize: Int, scale: Float? = nil, window: Int? = nil, softCap: Float? = nil,
    isCausal: Bool = true
  ) {
    precondition(isCausal || window == nil, "a window looks back from a token, so it needs the causal mask")
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.window = window
    self.softCap = softCap
    self.isCausal = isCausal
  }

  /// Query heads that share one key and value head.
  var groupSize: Int { heads / kvHeads }

  /// The first key that the query at `position` sees.
  func firstKey(of position: Int) -> Int { window.map { max(0, position + 1 - $0) } ?? 0 }

  /// How far the causal mask is moved to the right: without one, beyond the last of `keys`, so that it hides nothing.
  func maskShift(keys: Int) -> Int { isCausal ? 0 : keys }
}
