func attentionGradient(
  _ scores: Target, _ dp: Target, _ count: Int, _ scale: Float, _ logSumExp: Float, _ delta: Float
) {
  let factor = Vector(repeating: scale)
  let shift = Vector(repeating: -logSumExp)
  let mean = Vector(repeating: delta)
  forEachVector(count) { i, n in
    let p = exponential(multiplyAdd(load(scores + i, n), factor, shift))
    store(p, scores + i, n)
    store(factor * p * (load(dp + i, n) - mean), dp + i, n)
  }
}
