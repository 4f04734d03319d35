/// `e^x` to about one unit in the last place, for `x` clamped to −87…88.
///
/// `x = n·ln 2 + r`: adding and subtracting 1.5·2²³ rounds to `n`, whose bits then lie at the bottom of the sum, so that
/// no conversion between floating point and integers is needed (those do not inline; see README.md). The
/// polynomial is that of Cephes' `expf`.
@inline(__always) func exponential(_ x: Vector) -> Vector {
  let magic = Vector(repeating: 0x1.8p23)
  let low = Vector(repeating: -87)
  let high = Vector(repeating: 88)
  // In this order of arguments a NaN passes.
  let x = smaller(high, larger(low, x))
  let shifted = multiplyAdd(x, Vector(repeating: 1.442_695_04), magic)
  let n = shifted - magic
  var r = multiplyAdd(n, Vector(repeating: -0.693_359_375), x)
  r = multiplyAdd(n, Vector(repeating: 2.121_944_4e-4), r)
  var p = Vector(repeating: 1.987_569_15e-4)
  p = multiplyAdd(p, r, Vector(repeating: 1.398_199_95e-3))
  p = multiplyAdd(p, r, Vector(repeating: 8.333_451_9e-3))
  p = multiplyAdd(p, r, Vector(repeating: 4.166_579_6e-2))
  p = multiplyAdd(p, r, Vector(repeating: 0.166_666_65))
  p = multiplyAdd(p, r, Vector(repeating: 0.5))
  p = multiplyAdd(p, r * r, r) + Vector(repeating: 1)
  let scaled = unsafeBitCast(p, to: Words.self) &+ (unsafeBitCast(shifted, to: Words.self) &<< 23)
  return unsafeBitCast(scaled, to: Vector.self)
}
