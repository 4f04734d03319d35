/// `tanh x`: the polynomial of Cephes' `tanhf` near zero, where the other form would lose the small digits.
@inline(__always) func hyperbolicTangent(_ x: Vector) -> Vector {
  let square = x * x
  var p = Vector(repeating: -5.704_988_7e-3)
  p = multiplyAdd(p, square, Vector(repeating: 2.063_908_8e-2))
  p = multiplyAdd(p, square, Vector(repeating: -5.373_971_6e-2))
  p = multiplyAdd(p, square, Vector(repeating: 0.133_314_42))
  p = multiplyAdd(p, square, Vector(repeating: -0.333_332_82))
  let near = multiplyAdd(p * square, x, x)
  let one = Vector(repeating: 1)
  let far = one - Vector(repeating: 2) / (exponential(x + x) + one)
  return choose(square, lessThan: Vector(repeating: 0.390_625), near, far)
}
