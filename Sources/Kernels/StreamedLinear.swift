/// One weight of a ``StreamedLinears``, perhaps with a bias and an adapter.
public struct StreamedLinear {
  /// `[out, in]`
  public var weight: WeightMatrix
  /// `[out]`
  public var bias: FloatBuffer?
  /// First column of its output in the matrix that all parts share.
  public var column: Int
  public var adapter: Adapter?

  /// `scale · (x·Aᵀ)·Bᵀ`, A `[rank, in]` and B `[out, rank]`.
  public struct Adapter {
    public var a: FloatBuffer
    public var b: FloatBuffer
    public var rank: Int
    public var scale: Float

    public init(a: FloatBuffer, b: FloatBuffer, rank: Int, scale: Float) {
      self.a = a
      self.b = b
      self.rank = rank
      self.scale = scale
    }
  }

  public init(weight: WeightMatrix, bias: FloatBuffer? = nil, column: Int, adapter: Adapter? = nil) {
    self.weight = weight
    self.bias = bias
    self.column = column
    self.adapter = adapter
  }
}
