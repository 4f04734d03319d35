import CPUFeatures

/// Values that are asked for ahead: what a product has just written comes from the third-level cache or from memory. A third of these
/// kernels' time.
private let ahead = 512

/// An activation function and its derivative.
private protocol Curve {
  static func value(_ x: Vector) -> Vector
  static func valueAndSlope(_ x: Vector) -> (value: Vector, slope: Vector)
}

/// `x / (1 + e^−x)`
private enum SiLU: Curve {
  @inline(__always) static func value(_ x: Vector) -> Vector {
    x / (Vector(repeating: 1) + exponential(-x))
  }

  @inline(__always) static func valueAndSlope(_ x: Vector) -> (value: Vector, slope: Vector) {
    let one = Vector(repeating: 1)
    let sigmoid = one / (one + exponential(-x))
    let value = x * sigmoid
    return (value, sigmoid + value * (one - sigmoid))
  }
}

/// `x/2 · (1 + tanh u)`, `u = √(2/π)·(x + 0.044715·x³)`, which is `x / (1 + e^−2u)`.
private enum TanhGELU: Curve {
  @inline(__always) private static func sigmoid(_ x: Vector) -> Vector {
    let one = Vector(repeating: 1)
    let inner = multiplyAdd(Vector(repeating: 0.044_715) * x, x, one)
    return one / (one + exponential(Vector(repeating: -1.595_769_12) * x * inner))
  }

  @inline(__always) static func value(_ x: Vector) -> Vector { x * sigmoid(x) }

  @inline(__always) static func valueAndSlope(_ x: Vector) -> (value: Vector, slope: Vector) {
    let one = Vector(repeating: 1)
    let s = sigmoid(x)
    let value = x * s
    // 2·du/dx
    let inner = Vector(repeating: 1.595_769_12) * multiplyAdd(Vector(repeating: 0.134_145) * x, x, one)
    return (value, multiplyAdd(value * (one - s), inner, s))
  }
}

/// `x · Φ(x)`
private enum GELU: Curve {
  @inline(__always) static func value(_ x: Vector) -> Vector { x * normalDistribution(x) }

  @inline(__always) static func valueAndSlope(_ x: Vector) -> (value: Vector, slope: Vector) {
    let share = normalDistribution(x)
    return (x * share, multiplyAdd(x, normalDensity(x), share))
  }
}

/// `1 / (1 + e^−x)`
private enum Logistic: Curve {
  @inline(__always) static func value(_ x: Vector) -> Vector {
    let one = Vector(repeating: 1)
    return one / (one + exponential(-x))
  }

  @inline(__always) static func valueAndSlope(_ x: Vector) -> (value: Vector, slope: Vector) {
    let value = value(x)
    return (value, value * (Vector(repeating: 1) - value))
  }
}

func activation(_ kind: Int, _ x: Source, _ up: Source?, _ out: Target, _ count: Int) {
  switch kind {
  case 0: activate(SiLU.self, x, up, out, count)
  case 1: activate(TanhGELU.self, x, up, out, count)
  case 2: activate(GELU.self, x, up, out, count)
  default: activate(Logistic.self, x, up, out, count)
  }
}

func activationGradient(
  _ kind: Int, _ dy: Source, _ x: Source, _ up: Source?, _ dx: Target, _ dUp: Target?, _ count: Int
) {
  switch kind {
  case 0: differentiate(SiLU.self, dy, x, up, dx, dUp, count)
  case 1: differentiate(TanhGELU.self, dy, x, up, dx, dUp, count)
  case 2: differentiate(GELU.self, dy, x, up, dx, dUp, count)
  default: differentiate(Logistic.self, dy, x, up, dx, dUp, count)
  }
}

@inline(__always)
private func activate<C: Curve>(_ curve: C.Type, _ x: Source, _ up: Source?, _ out: Target, _ count: Int) {
  if let up {
    forEachVector(count) { i, n in
      lorascope_prefetch(x + i + ahead)
      lorascope_prefetch(up + i + ahead)
      lorascope_prefetch(out + i + ahead)
      store(curve.value(load(x + i, n)) * load(up + i, n), out + i, n)
    }
  } else {
    forEachVector(count) { i, n in store(curve.value(load(x + i, n)), out + i, n) }
  }
}

@inline(__always)
private func differentiate<C: Curve>(
  _ curve: C.Type, _ dy: Source, _ x: Source, _ up: Source?, _ dx: Target, _ dUp: Target?, _ count: Int
) {
  if let up, let dUp {
    forEachVector(count) { i, n in
      lorascope_prefetch(x + i + ahead)
      lorascope_prefetch(up + i + ahead)
      lorascope_prefetch(dy + i + ahead)
      let g = load(dy + i, n)
      let u = load(up + i, n)
      let (value, slope) = curve.valueAndSlope(load(x + i, n))
      store(g * value, dUp + i, n)
      store(g * u * slope, dx + i, n)
    }
  } else {
    forEachVector(count) { i, n in
      store(load(dy + i, n) * curve.valueAndSlope(load(x + i, n)).slope, dx + i, n)
    }
  }
}
