/// The low-rank part of `y = x·Wᵀ + u·Bᵀ`, where `u = s·x·Aᵀ` carries the adapter's scale already.
public struct LowRankTerm: Sendable {
  /// `[T, r]`
  public var u: Rows
  /// `[out, r]`
  public var b: Rows

  public init(u: Rows, b: Rows) {
    self.u = u
    self.b = b
  }
}
