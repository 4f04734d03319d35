import CPUFeatures

// The vector of this build, and the few operations that the inner loops are made of. Everything here is inlined.

#if AVX512
  typealias Vector = SIMD16<Float>
  typealias Words = SIMD16<UInt32>
#elseif AVX2
  typealias Vector = SIMD8<Float>
  typealias Words = SIMD8<UInt32>
#else
  typealias Vector = SIMD4<Float>
  typealias Words = SIMD4<UInt32>
#endif

typealias Source = UnsafePointer<Float>
typealias Target = UnsafeMutablePointer<Float>
typealias Half = UnsafePointer<UInt16>

@inline(__always) var lanes: Int { Vector.scalarCount }

@inline(__always) func load(_ p: Source) -> Vector { UnsafeRawPointer(p).loadUnaligned(as: Vector.self) }

@inline(__always) func store(_ v: Vector, _ p: Target) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: Vector.self)
}

/// Widens bfloat16.
@inline(__always) func load(_ p: Half) -> Vector {
  #if AVX512
    lorascope_widen16(p)
  #elseif AVX2
    lorascope_widen8(p)
  #else
    lorascope_widen4(p)
  #endif
}

/// The first `count` lanes; the others are zero.
@inline(__always) func load(_ p: Source, _ count: Int) -> Vector {
  if count == lanes { return load(p) }
  #if AVX512
    return lorascope_load_part16(p, count)
  #elseif AVX2
    return lorascope_load_part8(p, count)
  #else
    return lorascope_load_part4(p, count)
  #endif
}

/// `v` with zeros from lane `count` on.
@inline(__always) func keep(_ v: Vector, _ count: Int) -> Vector {
  #if AVX512
    lorascope_keep16(v, count)
  #elseif AVX2
    lorascope_keep8(v, count)
  #else
    lorascope_keep4(v, count)
  #endif
}

/// `v` with the lanes of `rest` from lane `count` on.
@inline(__always) func fill(_ v: Vector, _ count: Int, _ rest: Vector) -> Vector {
  #if AVX512
    lorascope_fill16(v, count, rest)
  #elseif AVX2
    lorascope_fill8(v, count, rest)
  #else
    lorascope_fill4(v, count, rest)
  #endif
}

@inline(__always) func load(_ p: Half, _ count: Int) -> Vector {
  if count == lanes { return load(p) }
  var v = Vector()
  for lane in 0..<count { v[lane] = Float(bitPattern: UInt32(p[lane]) &<< 16) }
  return v
}

@inline(__always) func store(_ v: Vector, _ p: Target, _ count: Int) {
  if count == lanes { return store(v, p) }
  #if AVX512
    lorascope_store_part16(v, p, count)
  #elseif AVX2
    lorascope_store_part8(v, p, count)
  #else
    lorascope_store_part4(v, p, count)
  #endif
}

/// `sum += a·b`, fused where the instruction set fuses. Plain x86-64 has no such instruction, and `addProduct` would
/// call `fmaf` for each lane there.
@inline(__always) func addProduct(_ sum: inout Vector, _ a: Vector, _ b: Vector) {
  #if BASELINE && arch(x86_64)
    sum += a * b
  #else
    sum.addProduct(a, b)
  #endif
}

/// `a·b + c`
@inline(__always) func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
  var sum = c
  addProduct(&sum, a, b)
  return sum
}

@inline(__always) func larger(_ a: Vector, _ b: Vector) -> Vector {
  #if AVX512
    lorascope_larger16(a, b)
  #elseif AVX2
    lorascope_larger8(a, b)
  #else
    lorascope_larger4(a, b)
  #endif
}

@inline(__always) func smaller(_ a: Vector, _ b: Vector) -> Vector {
  #if AVX512
    lorascope_smaller16(a, b)
  #elseif AVX2
    lorascope_smaller8(a, b)
  #else
    lorascope_smaller4(a, b)
  #endif
}

/// `x` where `a < b`, else `y`.
@inline(__always) func choose(_ a: Vector, lessThan b: Vector, _ x: Vector, _ y: Vector) -> Vector {
  #if AVX512
    lorascope_choose16(a, b, x, y)
  #elseif AVX2
    lorascope_choose8(a, b, x, y)
  #else
    lorascope_choose4(a, b, x, y)
  #endif
}

@inline(__always) func squareRoot(_ a: Vector) -> Vector {
  #if AVX512
    lorascope_root16(a)
  #elseif AVX2
    lorascope_root8(a)
  #else
    lorascope_root4(a)
  #endif
}

@inline(__always) func sum(_ v: SIMD4<Float>) -> Float { (v.x + v.z) + (v.y + v.w) }

@inline(__always) func sum(_ v: SIMD8<Float>) -> Float { sum(v.lowHalf + v.highHalf) }

@inline(__always) func sum(_ v: SIMD16<Float>) -> Float { sum(v.lowHalf + v.highHalf) }

@inline(__always) func largest(_ v: SIMD4<Float>) -> Float {
  let pairs = lorascope_larger4(v, SIMD4(v.z, v.w, v.x, v.y))
  return pairs.x > pairs.y ? pairs.x : pairs.y
}

#if AVX2 || AVX512
  @inline(__always) func largest(_ v: SIMD8<Float>) -> Float { largest(lorascope_larger4(v.lowHalf, v.highHalf)) }
#endif

#if AVX512
  @inline(__always) func largest(_ v: SIMD16<Float>) -> Float { largest(lorascope_larger8(v.lowHalf, v.highHalf)) }
#endif

/// Calls `body(offset, lanes)` for each whole vector of `count` values, and once more for what is left.
@inline(__always) func forEachVector(_ count: Int, _ body: (_ offset: Int, _ count: Int) -> Void) {
  var offset = 0
  while offset + lanes <= count {
    body(offset, lanes)
    offset += lanes
  }
  if offset < count { body(offset, count - offset) }
}
