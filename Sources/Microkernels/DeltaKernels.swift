// The gated delta rule on panels of a head's state: `[keys, 16]`, sixteen of its value columns side by side, whatever the vector. No
// column's recurrence needs another's, and a panel of 128 keys stays in the first cache through a whole sequence. A row of a panel is one
// value here, one or more vectors, so that a key's and a query's factor is read once for all sixteen columns.

/// `memory = Pᵀk`, `delta = β(v − α·memory)`, `next = α·P + k·deltaᵀ`, and `out = nextᵀq`. Columns from `columns` on are zeros and stay so.
func deltaStep(
  _ keys: Int, _ state: Source, _ next: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source?, _ v: Source,
  _ columns: Int, _ memory: Target, _ delta: Target, _ out: Target?
) {
  let a = PanelRow(repeating: decay)
  var m0 = PanelRow()
  var m1 = PanelRow()
  var m2 = PanelRow()
  var m3 = PanelRow()
  var i = 0
  while i + 4 <= keys {
    addPanelProduct(&m0, PanelRow(repeating: k[i]), loadPanel(state + i * panelColumns))
    addPanelProduct(&m1, PanelRow(repeating: k[i + 1]), loadPanel(state + (i + 1) * panelColumns))
    addPanelProduct(&m2, PanelRow(repeating: k[i + 2]), loadPanel(state + (i + 2) * panelColumns))
    addPanelProduct(&m3, PanelRow(repeating: k[i + 3]), loadPanel(state + (i + 3) * panelColumns))
    i += 4
  }
  while i < keys {
    addPanelProduct(&m0, PanelRow(repeating: k[i]), loadPanel(state + i * panelColumns))
    i += 1
  }
  let m = (m0 + m1) + (m2 + m3)
  let d = PanelRow(repeating: beta) * (loadPanel(v, columns) - a * m)
  storePanel(m, memory)
  storePanel(d, delta)
  guard let q, let out else {
    for i in 0..<keys {
      var s = a * loadPanel(state + i * panelColumns)
      addPanelProduct(&s, PanelRow(repeating: k[i]), d)
      storePanel(s, next + i * panelColumns)
    }
    return
  }
  var o0 = PanelRow()
  var o1 = PanelRow()
  i = 0
  while i + 2 <= keys {
    var s0 = a * loadPanel(state + i * panelColumns)
    var s1 = a * loadPanel(state + (i + 1) * panelColumns)
    addPanelProduct(&s0, PanelRow(repeating: k[i]), d)
    addPanelProduct(&s1, PanelRow(repeating: k[i + 1]), d)
    storePanel(s0, next + i * panelColumns)
    storePanel(s1, next + (i + 1) * panelColumns)
    addPanelProduct(&o0, PanelRow(repeating: q[i]), s0)
    addPanelProduct(&o1, PanelRow(repeating: q[i + 1]), s1)
    i += 2
  }
  if i < keys {
    var s = a * loadPanel(state + i * panelColumns)
    addPanelProduct(&s, PanelRow(repeating: k[i]), d)
    storePanel(s, next + i * panelColumns)
    addPanelProduct(&o0, PanelRow(repeating: q[i]), s)
  }
  storePanel(o0 + o1, out, columns)
}

/// The gradient of `deltaStep` from that of `out` and, in `gradient`, that of `next`, which becomes that of `state`. `dQ`, `dK` and
/// `scalars` (of α and β) are added to.
///
/// What a query and a key get are sums along rows of the panel. Eight of them are added up at once, by turning their vectors: one at a time they
/// took about two thirds of the instructions.
func deltaGradient(
  _ keys: Int, _ state: Source, _ gradient: Target, _ decay: Float, _ beta: Float, _ k: Source, _ q: Source,
  _ v: Source, _ columns: Int, _ memory: Source, _ delta: Source, _ dOut: Source, _ dQ: Target, _ dK: Target,
  _ dV: Target, _ scalars: Target
) {
  let a = PanelRow(repeating: decay)
  let dO = loadPanel(dOut, columns)
  let d = loadPanel(delta)
  let own = sum(folded(d * dO))
  // What a query gives the next state's gradient, and has of α·P; the state's gradient then gives delta's.
  var d0 = PanelRow()
  var d1 = PanelRow()
  @inline(__always) func query(_ i: Int, _ dDelta: inout PanelRow) -> PanelFold {
    var g = loadPanel(gradient + i * panelColumns)
    addPanelProduct(&g, PanelRow(repeating: q[i]), dO)
    storePanel(g, gradient + i * panelColumns)
    addPanelProduct(&dDelta, PanelRow(repeating: k[i]), g)
    return folded(loadPanel(state + i * panelColumns) * dO)
  }
  var i = 0
  while i + 8 <= keys {
    let first = sumsOfFour(query(i, &d0), query(i + 1, &d1), query(i + 2, &d0), query(i + 3, &d1))
    let last = sumsOfFour(query(i + 4, &d0), query(i + 5, &d1), query(i + 6, &d0), query(i + 7, &d1))
    addEight(decay, first, last, own, k + i, dQ + i)
    i += 8
  }
  while i < keys {
    dQ[i] += decay * sum(query(i, &d0)) + k[i] * own
    i += 1
  }
  let dDelta = d0 + d1
  let dValue = PanelRow(repeating: beta) * dDelta
  storePanel(dValue, dV, columns)
  let dMemory = PanelRow(repeating: -1) * dValue
  let decayed = a * dMemory
  var inner = PanelRow()
  @inline(__always) func key(_ i: Int) -> PanelFold {
    let g = loadPanel(gradient + i * panelColumns)
    let p = loadPanel(state + i * panelColumns)
    var t = p * decayed
    addPanelProduct(&t, g, d)
    addPanelProduct(&inner, g, p)
    var to = a * g
    addPanelProduct(&to, PanelRow(repeating: k[i]), decayed)
    storePanel(to, gradient + i * panelColumns)
    return folded(t)
  }
  i = 0
  while i + 8 <= keys {
    let first = sumsOfFour(key(i), key(i + 1), key(i + 2), key(i + 3))
    let last = sumsOfFour(key(i + 4), key(i + 5), key(i + 6), key(i + 7))
    addEight(1, first, last, 0, k + i, dK + i)
    i += 8
  }
  while i < keys {
    dK[i] += sum(key(i))
    i += 1
  }
  let m = loadPanel(memory)
  addPanelProduct(&inner, m, dMemory)
  scalars[0] += sum(folded(inner))
  scalars[1] += sum(folded(dDelta * (loadPanel(v, columns) - a * m)))
}
