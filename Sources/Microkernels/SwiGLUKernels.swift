func swiGLU(_ gate: Source, _ up: Source, _ out: Target, _ count: Int) {
  let one = Vector(repeating: 1)
  forEachVector(count) { i, n in
    let z = load(gate + i, n)
    store(z / (one + exponential(-z)) * load(up + i, n), out + i, n)
  }
}

func swiGLUGradient(_ dy: Source, _ gate: Source, _ up: Source, _ dGate: Target, _ dUp: Target, _ count: Int) {
  let one = Vector(repeating: 1)
  forEachVector(count) { i, n in
    let z = load(gate + i, n)
    let g = load(dy + i, n)
    let u = load(up + i, n)
    let sigmoid = one / (one + exponential(-z))
    let silu = z * sigmoid
    store(g * silu, dUp + i, n)
    store(g * u * (sigmoid + silu * (one - sigmoid)), dGate + i, n)
  }
}
