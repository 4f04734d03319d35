// The gated delta rule on panels of a head's state: `[keys, 16]`, sixteen of its value columns side by side, whatever the vector. No
// column's recurrence needs another's, and a panel of 128 keys stays in the first cache through a whole sequence.

private let panelColumns = 16

/// `memory = Pᵀk`, `delta = β(v − α·memory)`, `next = α·P + k·deltaᵀ`, and `out = nextᵀq`. Columns from `columns` on are zeros and stay so.
func deltaStep(
  _ keys: Int, _ state: Source, _ next: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source?, _ v: Source,
  _ columns: Int, _ memory: Target, _ delta: Target, _ out: Target?
) {
  let a = Vector(repeating: decay)
  var offset = 0
  while offset < panelColumns {
    let n = min(lanes, columns - offset)
    var m0 = Vector()
    var m1 = Vector()
    var m2 = Vector()
    var m3 = Vector()
    let from = state + offset
    var i = 0
    while i + 4 <= keys {
      addProduct(&m0, Vector(repeating: k[i]), load(from + i * panelColumns))
      addProduct(&m1, Vector(repeating: k[i + 1]), load(from + (i + 1) * panelColumns))
      addProduct(&m2, Vector(repeating: k[i + 2]), load(from + (i + 2) * panelColumns))
      addProduct(&m3, Vector(repeating: k[i + 3]), load(from + (i + 3) * panelColumns))
      i += 4
    }
    while i < keys {
      addProduct(&m0, Vector(repeating: k[i]), load(from + i * panelColumns))
      i += 1
    }
    let m = (m0 + m1) + (m2 + m3)
    let value = n > 0 ? load(v + offset, n) : Vector()
    let d = Vector(repeating: beta) * (value - a * m)
    store(m, memory + offset)
    store(d, delta + offset)
    let to = next + offset
    if let q, let out {
      var o0 = Vector()
      var o1 = Vector()
      i = 0
      while i + 2 <= keys {
        let s0 = multiplyAdd(Vector(repeating: k[i]), d, a * load(from + i * panelColumns))
        let s1 = multiplyAdd(Vector(repeating: k[i + 1]), d, a * load(from + (i + 1) * panelColumns))
        store(s0, to + i * panelColumns)
        store(s1, to + (i + 1) * panelColumns)
        addProduct(&o0, Vector(repeating: q[i]), s0)
        addProduct(&o1, Vector(repeating: q[i + 1]), s1)
        i += 2
      }
      if i < keys {
        let s = multiplyAdd(Vector(repeating: k[i]), d, a * load(from + i * panelColumns))
        store(s, to + i * panelColumns)
        addProduct(&o0, Vector(repeating: q[i]), s)
      }
      if n > 0 { store(o0 + o1, out + offset, n) }
    } else {
      for i in 0..<keys {
        store(multiplyAdd(Vector(repeating: k[i]), d, a * load(from + i * panelColumns)), to + i * panelColumns)
      }
    }
    offset += lanes
  }
}

/// The gradient of `deltaStep` from that of `out` and, in `gradient`, that of `next`, which becomes that of `state`. `dQ`, `dK` and
/// `scalars` (of α and β) are added to.
func deltaGradient(
  _ keys: Int, _ state: Source, _ gradient: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source,
  _ v: Source, _ columns: Int, _ memory: Source, _ delta: Source, _ dOut: Source, _ dQ: Target, _ dK: Target,
  _ dV: Target, _ scalars: Target
) {
  let a = Vector(repeating: decay)
  var offset = 0
  while offset < columns {
    let n = min(lanes, columns - offset)
    let g = gradient + offset
    let p = state + offset
    let dO = load(dOut + offset, n)
    let d = load(delta + offset)
    let m = load(memory + offset)
    var d0 = Vector()
    var d1 = Vector()
    var i = 0
    while i + 2 <= keys {
      let g0 = multiplyAdd(Vector(repeating: q[i]), dO, load(g + i * panelColumns))
      let g1 = multiplyAdd(Vector(repeating: q[i + 1]), dO, load(g + (i + 1) * panelColumns))
      store(g0, g + i * panelColumns)
      store(g1, g + (i + 1) * panelColumns)
      addProduct(&d0, Vector(repeating: k[i]), g0)
      addProduct(&d1, Vector(repeating: k[i + 1]), g1)
      i += 2
    }
    if i < keys {
      let g0 = multiplyAdd(Vector(repeating: q[i]), dO, load(g + i * panelColumns))
      store(g0, g + i * panelColumns)
      addProduct(&d0, Vector(repeating: k[i]), g0)
    }
    let dDelta = d0 + d1
    let dValue = Vector(repeating: beta) * dDelta
    store(dValue, dV + offset, n)
    let dMemory = -dValue
    let decayed = a * dMemory
    let own = sum(d * dO)
    var s0 = Vector()
    for i in 0..<keys {
      let gi = load(g + i * panelColumns)
      let pi = load(p + i * panelColumns)
      dK[i] += sum(multiplyAdd(gi, d, pi * decayed))
      dQ[i] += decay * sum(pi * dO) + k[i] * own
      addProduct(&s0, gi, pi)
      store(a * multiplyAdd(Vector(repeating: k[i]), dMemory, gi), g + i * panelColumns)
    }
    scalars[0] += sum(multiplyAdd(m, dMemory, s0))
    scalars[1] += sum(dDelta * (load(v + offset, n) - a * m))
    offset += lanes
  }
}
