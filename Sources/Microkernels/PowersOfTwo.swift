/// `2^x` of four vectors, to about two units in the last place, for `x` clamped to at least −125 and at most 127.
///
/// `x = n + r`: adding and subtracting 1.5·2²³ rounds to `n`, whose bits then lie at the bottom of the sum and are
/// added to the exponent. The polynomial is the minimax of `2^r` for `|r| ≤ ½` with value 1 at zero; its relative error
/// is 9e-8.
///
/// Four at a time, step by step: each chain is some fifty cycles long and the constants do not all fit the
/// registers, so that each is loaded once for four. The base is two because softmax multiplies its scores by a factor
/// anyway, which takes log₂ e with it: half as many instructions as `e^x` by itself.
@inline(__always)
func powersOfTwo(
  _ x0: Vector, _ x1: Vector, _ x2: Vector, _ x3: Vector
) -> (Vector, Vector, Vector, Vector) {
  let low = Vector(repeating: -125)
  let magic = Vector(repeating: 0x1.8p23)
  // In this order of arguments a NaN passes.
  let t0 = larger(low, x0)
  let t1 = larger(low, x1)
  let t2 = larger(low, x2)
  let t3 = larger(low, x3)
  let n0 = t0 + magic
  let n1 = t1 + magic
  let n2 = t2 + magic
  let n3 = t3 + magic
  let r0 = t0 - (n0 - magic)
  let r1 = t1 - (n1 - magic)
  let r2 = t2 - (n2 - magic)
  let r3 = t3 - (n3 - magic)
  let c5 = Vector(repeating: 1.326_472_7e-3)
  let c4 = Vector(repeating: 9.671_513e-3)
  var p0 = multiplyAdd(c5, r0, c4)
  var p1 = multiplyAdd(c5, r1, c4)
  var p2 = multiplyAdd(c5, r2, c4)
  var p3 = multiplyAdd(c5, r3, c4)
  let c3 = Vector(repeating: 5.550_733_6e-2)
  p0 = multiplyAdd(p0, r0, c3)
  p1 = multiplyAdd(p1, r1, c3)
  p2 = multiplyAdd(p2, r2, c3)
  p3 = multiplyAdd(p3, r3, c3)
  let c2 = Vector(repeating: 0.240_222_42)
  p0 = multiplyAdd(p0, r0, c2)
  p1 = multiplyAdd(p1, r1, c2)
  p2 = multiplyAdd(p2, r2, c2)
  p3 = multiplyAdd(p3, r3, c2)
  let c1 = Vector(repeating: 0.693_147)
  p0 = multiplyAdd(p0, r0, c1)
  p1 = multiplyAdd(p1, r1, c1)
  p2 = multiplyAdd(p2, r2, c1)
  p3 = multiplyAdd(p3, r3, c1)
  let one = Vector(repeating: 1)
  p0 = multiplyAdd(p0, r0, one)
  p1 = multiplyAdd(p1, r1, one)
  p2 = multiplyAdd(p2, r2, one)
  p3 = multiplyAdd(p3, r3, one)
  return (raise(p0, n0), raise(p1, n1), raise(p2, n2), raise(p3, n3))
}

/// As ``powersOfTwo(_:_:_:_:)``, for one vector, with the same bits.
@inline(__always)
func powerOfTwo(_ x: Vector) -> Vector {
  let magic = Vector(repeating: 0x1.8p23)
  let t = larger(Vector(repeating: -125), x)
  let n = t + magic
  let r = t - (n - magic)
  var p = multiplyAdd(Vector(repeating: 1.326_472_7e-3), r, Vector(repeating: 9.671_513e-3))
  p = multiplyAdd(p, r, Vector(repeating: 5.550_733_6e-2))
  p = multiplyAdd(p, r, Vector(repeating: 0.240_222_42))
  p = multiplyAdd(p, r, Vector(repeating: 0.693_147))
  p = multiplyAdd(p, r, Vector(repeating: 1))
  return raise(p, n)
}

/// `log₂ e`
@inline(__always) var binaryLogarithmOfE: Float { 1.442_695_04 }

@inline(__always)
private func raise(_ p: Vector, _ shifted: Vector) -> Vector {
  let bits = unsafeBitCast(p, to: Words.self) &+ (unsafeBitCast(shifted, to: Words.self) &<< 23)
  return unsafeBitCast(bits, to: Vector.self)
}
