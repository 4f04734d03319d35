/// One weight of a ``StreamedLinears``, perhaps with a bias and an adapter.
public struct StreamedLinear: Sendable {
  /// `[out, in]`
  public var weight: WeightMatrix
  /// `[out]`
  public var bias: FloatBuffer?
  /// First column of its output in the matrix that all parts share.
  public var column: Int
  public var adapter: Adapter?

  /// `scale · (x·Aᵀ)·Bᵀ`, A `[rank, in]` and B `[out, rank]`.
  public struct Adapter: Sendable {
    public var a: FloatBuffer
    public var b: FloatBuffer
    public var rank: Int
    public var scale: Float
    /// What its copies are kept in; the same for all parts of an adapter.
    public var element: WeightElement

    public init(a: FloatBuffer, b: FloatBuffer, rank: Int, scale: Float, element: WeightElement = .float32) {
      self.a = a
      self.b = b
      self.rank = rank
      self.scale = scale
      self.element = element
    }
  }

  public init(weight: WeightMatrix, bias: FloatBuffer? = nil, column: Int, adapter: Adapter? = nil) {
    self.weight = weight
    self.bias = bias
    self.column = column
    self.adapter = adapter
  }
}
