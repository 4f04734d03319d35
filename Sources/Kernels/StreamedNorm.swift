/// A root-mean-square norm of the rows that a ``StreamedLinears`` is about to multiply.
public struct StreamedNorm {
  /// `[in]`
  public var weight: UnsafePointer<Float>
  /// Added to the weight.
  public var weightOffset: Float
  public var epsilon: Float

  public init(weight: UnsafePointer<Float>, weightOffset: Float = 0, epsilon: Float) {
    self.weight = weight
    self.weightOffset = weightOffset
    self.epsilon = epsilon
  }
}
