/// Heads of one attention layer. Query head `h` attends to key and value head `h / (heads / kvHeads)`.
public struct AttentionShape: Sendable, Equatable {
  public var heads: Int
  public var kvHeads: Int
  public var headSize: Int
  /// Factor on the scores, usually `1 / sqrt(headSize)`.
  public var scale: Float

  public init(heads: Int, kvHeads: Int, headSize: Int, scale: Float? = nil) {
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
  }

  /// Query heads that share one key and value head.
  var groupSize: Int { heads / kvHeads }
}
