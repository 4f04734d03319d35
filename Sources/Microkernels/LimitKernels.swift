import CPUFeatures

#if BASELINE && arch(x86_64)
  let peakChains = 8
#else
  let peakChains = 12
#endif

/// Twelve independent chains: enough to cover a multiply-add's latency at two a cycle. What they begin with and multiply by is loaded by
/// pointers that the compiler knows nothing of: alike, the chains would be one to it, and products that never change would be computed once.
func peak(_ rounds: Int, _ sink: Target) {
  peakRounds(rounds, sink) { addProduct(&$0, $1, $2) }
}

@inline(__always)
func peakRounds(_ rounds: Int, _ sink: Target, _ add: (inout Vector, Vector, Vector) -> Void) {
  var place = Source(sink)
  func next() -> Vector {
    place = lorascope_opaque(place)
    return load(place)
  }
  let b = load(sink + lanes)
  var c0 = next()
  var c1 = next()
  var c2 = next()
  var c3 = next()
  var c4 = next()
  var c5 = next()
  var c6 = next()
  var c7 = next()
  var c8 = next()
  var c9 = next()
  var c10 = next()
  var c11 = next()
  for _ in 0..<rounds {
    #if BASELINE && arch(x86_64)
      // Without an instruction that fuses them, one product for all chains would be computed once.
      add(&c0, next(), b)
      add(&c1, next(), b)
      add(&c2, next(), b)
      add(&c3, next(), b)
      add(&c4, next(), b)
      add(&c5, next(), b)
      add(&c6, next(), b)
      add(&c7, next(), b)
    #else
      let a = next()
      add(&c0, a, b)
      add(&c1, a, b)
      add(&c2, a, b)
      add(&c3, a, b)
      add(&c4, a, b)
      add(&c5, a, b)
      add(&c6, a, b)
      add(&c7, a, b)
      add(&c8, a, b)
      add(&c9, a, b)
      add(&c10, a, b)
      add(&c11, a, b)
    #endif
  }
  store(((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)) + ((c8 + c9) + (c10 + c11)), sink)
}

func read(_ x: Source, _ count: Int) -> Float {
  var s0 = Vector()
  var s1 = Vector()
  var s2 = Vector()
  var s3 = Vector()
  var i = 0
  while i + 4 * lanes <= count {
    // As far ahead as is best for streamed weights.
    for line in 0..<max(1, lanes / 4) { lorascope_prefetch_once(x + i + streamBytesAhead / 4 + 16 * line) }
    s0 += load(x + i)
    s1 += load(x + i + lanes)
    s2 += load(x + i + 2 * lanes)
    s3 += load(x + i + 3 * lanes)
    i += 4 * lanes
  }
  return sum((s0 + s1) + (s2 + s3))
}
