/// The low-rank part of `dx = dy·W + v·A`, where `v = s·dy·B` carries the adapter's scale already.
public struct LowRankInput: Sendable {
  /// `[T, r]`
  public var v: Rows
  /// `[r, in]`
  public var a: Rows

  public init(v: Rows, a: Rows) {
    self.v = v
    self.a = a
  }
}
