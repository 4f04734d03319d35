import CPUFeatures

// Sixteen values side by side: one vector of AVX-512, two of AVX2, four else. Everything here is inlined. SIMD16 would be split by the compiler,
// which takes its halves apart value by value.

let panelColumns = 16

#if AVX512
  typealias PanelRow = Vector
  typealias PanelFold = SIMD8<Float>
#elseif AVX2
  struct PanelRow {
    var v0: Vector
    var v1: Vector
  }
  typealias PanelFold = SIMD8<Float>
#else
  struct PanelRow {
    var v0: Vector
    var v1: Vector
    var v2: Vector
    var v3: Vector
  }
  typealias PanelFold = Vector
#endif

#if !AVX512
  extension PanelRow {
    @inline(__always) init() { self.init { _ in Vector() } }

    @inline(__always) init(repeating value: Float) {
      let v = Vector(repeating: value)
      self.init { _ in v }
    }

    @inline(__always) init(_ vector: (Int) -> Vector) {
      #if AVX2
        (v0, v1) = (vector(0), vector(1))
      #else
        (v0, v1, v2, v3) = (vector(0), vector(1), vector(2), vector(3))
      #endif
    }

    @inline(__always) static func * (_ a: PanelRow, _ b: PanelRow) -> PanelRow {
      #if AVX2
        PanelRow(v0: a.v0 * b.v0, v1: a.v1 * b.v1)
      #else
        PanelRow(v0: a.v0 * b.v0, v1: a.v1 * b.v1, v2: a.v2 * b.v2, v3: a.v3 * b.v3)
      #endif
    }

    @inline(__always) static func + (_ a: PanelRow, _ b: PanelRow) -> PanelRow {
      #if AVX2
        PanelRow(v0: a.v0 + b.v0, v1: a.v1 + b.v1)
      #else
        PanelRow(v0: a.v0 + b.v0, v1: a.v1 + b.v1, v2: a.v2 + b.v2, v3: a.v3 + b.v3)
      #endif
    }

    @inline(__always) static func - (_ a: PanelRow, _ b: PanelRow) -> PanelRow {
      #if AVX2
        PanelRow(v0: a.v0 - b.v0, v1: a.v1 - b.v1)
      #else
        PanelRow(v0: a.v0 - b.v0, v1: a.v1 - b.v1, v2: a.v2 - b.v2, v3: a.v3 - b.v3)
      #endif
    }
  }
#endif

@inline(__always) func loadPanel(_ p: Source) -> PanelRow {
  #if AVX512
    load(p)
  #else
    PanelRow { load(p + $0 * lanes) }
  #endif
}

/// The first `count` values; the others are zero.
@inline(__always) func loadPanel(_ p: Source, _ count: Int) -> PanelRow {
  if count == panelColumns { return loadPanel(p) }
  #if AVX512
    return load(p, count)
  #else
    return PanelRow { vector in
      let n = min(lanes, count - vector * lanes)
      return n > 0 ? load(p + vector * lanes, n) : Vector()
    }
  #endif
}

@inline(__always) func storePanel(_ v: PanelRow, _ p: Target) {
  #if AVX512
    store(v, p)
  #elseif AVX2
    store(v.v0, p)
    store(v.v1, p + lanes)
  #else
    store(v.v0, p)
    store(v.v1, p + lanes)
    store(v.v2, p + 2 * lanes)
    store(v.v3, p + 3 * lanes)
  #endif
}

@inline(__always) func storePanel(_ v: PanelRow, _ p: Target, _ count: Int) {
  if count == panelColumns { return storePanel(v, p) }
  #if AVX512
    store(v, p, count)
  #else
    @inline(__always) func part(_ v: Vector, _ place: Int) {
      let n = min(lanes, count - place * lanes)
      if n > 0 { store(v, p + place * lanes, n) }
    }
    part(v.v0, 0)
    part(v.v1, 1)
    #if !AVX2
      part(v.v2, 2)
      part(v.v3, 3)
    #endif
  #endif
}

/// `sum += a·b`, as `addProduct` has it.
@inline(__always) func addPanelProduct(_ sum: inout PanelRow, _ a: PanelRow, _ b: PanelRow) {
  #if AVX512
    addProduct(&sum, a, b)
  #else
    addProduct(&sum.v0, a.v0, b.v0)
    addProduct(&sum.v1, a.v1, b.v1)
    #if !AVX2
      addProduct(&sum.v2, a.v2, b.v2)
      addProduct(&sum.v3, a.v3, b.v3)
    #endif
  #endif
}

// MARK: Sums along rows, eight at once

/// Sums of lanes that the row's sum consists of.
@inline(__always) func folded(_ v: PanelRow) -> PanelFold {
  #if AVX512
    lorascope_fold16(v)
  #elseif AVX2
    v.v0 + v.v1
  #else
    (v.v0 + v.v1) + (v.v2 + v.v3)
  #endif
}

/// The sums of four folded rows: with eight lanes those of the low lanes, then those of the high ones.
@inline(__always)
func sumsOfFour(_ a: PanelFold, _ b: PanelFold, _ c: PanelFold, _ d: PanelFold) -> PanelFold {
  #if AVX512 || AVX2
    return lorascope_sum_pairs8(lorascope_sum_pairs8(a, b), lorascope_sum_pairs8(c, d))
  #else
    let ab = SIMD4(a.x, b.x, a.y, b.y) + SIMD4(a.z, b.z, a.w, b.w)
    let cd = SIMD4(c.x, d.x, c.y, d.y) + SIMD4(c.z, d.z, c.w, d.w)
    return SIMD4(ab.x, ab.y, cd.x, cd.y) + SIMD4(ab.z, ab.w, cd.z, cd.w)
  #endif
}

/// `y += scale·sums + factor·k` of eight values, the sums in the first and the last four's form of `sumsOfFour`.
@inline(__always)
func addEight(
  _ scale: Float, _ first: PanelFold, _ last: PanelFold, _ factor: Float, _ k: Source, _ y: Target
) {
  let (scales, factors) = (PanelFold(repeating: scale), PanelFold(repeating: factor))
  @inline(__always) func add(_ sums: PanelFold, _ place: Int) {
    let keys = UnsafeRawPointer(k + place).loadUnaligned(as: PanelFold.self)
    let target = UnsafeMutableRawPointer(y + place)
    let old = target.loadUnaligned(as: PanelFold.self)
    target.storeBytes(of: old + (scales * sums + factors * keys), as: PanelFold.self)
  }
  #if AVX512 || AVX2
    add(lorascope_join_low8(first, last) + lorascope_join_high8(first, last), 0)
  #else
    add(first, 0)
    add(last, 4)
  #endif
}
