// Depthwise convolutions of a few taps over the rows before (or after) one.

/// `y = gate ⊙ Σ_k taps_k ⊙ (a_k ⊙ b_k)`, where `a_k` and `b_k` lie `k` strides from `a` and `b`; without `b`, of `a_k` alone, whose product
/// was rounded when it was kept, as it is here before it is added.
func gatedConvolution(
  _ a: Source, _ aStride: Int, _ b: Source?, _ bStride: Int, _ taps: Source, _ lags: Int, _ gate: Source, _ y: Target,
  _ count: Int
) {
  guard let b else {
    forEachVector(count) { i, n in
      var sum = Vector()
      for k in 0..<lags { addProduct(&sum, load(taps + k * count + i, n), load(a + k * aStride + i, n)) }
      store(load(gate + i, n) * sum, y + i, n)
    }
    return
  }
  forEachVector(count) { i, n in
    var sum = Vector()
    for k in 0..<lags {
      addProduct(
        &sum, load(taps + k * count + i, n), load(a + k * aStride + i, n) * load(b + k * bStride + i, n))
    }
    store(load(gate + i, n) * sum, y + i, n)
  }
}
