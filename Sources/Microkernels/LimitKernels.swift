#if BASELINE && arch(x86_64)
  let peakChains = 8
#else
  let peakChains = 12
#endif

/// Twelve independent chains: enough to cover a multiply-add's latency at two a cycle.
func peak(_ rounds: Int, _ sink: Target) {
  let a = load(sink)
  let b = load(sink + lanes)
  var c0 = a
  var c1 = a
  var c2 = a
  var c3 = a
  var c4 = a
  var c5 = a
  var c6 = a
  var c7 = a
  var c8 = a
  var c9 = a
  var c10 = a
  var c11 = a
  for _ in 0..<rounds {
    addProduct(&c0, a, b)
    addProduct(&c1, a, b)
    addProduct(&c2, a, b)
    addProduct(&c3, a, b)
    addProduct(&c4, a, b)
    addProduct(&c5, a, b)
    addProduct(&c6, a, b)
    addProduct(&c7, a, b)
    #if !(BASELINE && arch(x86_64))
      addProduct(&c8, a, b)
      addProduct(&c9, a, b)
      addProduct(&c10, a, b)
      addProduct(&c11, a, b)
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
    s0 += load(x + i)
    s1 += load(x + i + lanes)
    s2 += load(x + i + 2 * lanes)
    s3 += load(x + i + 3 * lanes)
    i += 4 * lanes
  }
  return sum((s0 + s1) + (s2 + s3))
}
