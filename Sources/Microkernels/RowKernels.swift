// Loops over one row of values.

func dot(_ x: Source, _ y: Source, _ count: Int) -> Float {
  var s0 = Vector()
  var s1 = Vector()
  var s2 = Vector()
  var s3 = Vector()
  var i = 0
  while i + 4 * lanes <= count {
    addProduct(&s0, load(x + i), load(y + i))
    addProduct(&s1, load(x + i + lanes), load(y + i + lanes))
    addProduct(&s2, load(x + i + 2 * lanes), load(y + i + 2 * lanes))
    addProduct(&s3, load(x + i + 3 * lanes), load(y + i + 3 * lanes))
    i += 4 * lanes
  }
  forEachVector(count - i) { offset, n in addProduct(&s0, load(x + i + offset, n), load(y + i + offset, n)) }
  return sum((s0 + s1) + (s2 + s3))
}

func addScaled(_ factor: Float, _ x: Source, _ y: Target, _ count: Int) {
  let f = Vector(repeating: factor)
  forEachVector(count) { i, n in store(multiplyAdd(f, load(x + i, n), load(y + i, n)), y + i, n) }
}

func scale(_ factor: Float, _ x: Target, _ count: Int) {
  let f = Vector(repeating: factor)
  var i = 0
  while i + 4 * lanes <= count {
    store(f * load(x + i), x + i)
    store(f * load(x + i + lanes), x + i + lanes)
    store(f * load(x + i + 2 * lanes), x + i + 2 * lanes)
    store(f * load(x + i + 3 * lanes), x + i + 3 * lanes)
    i += 4 * lanes
  }
  forEachVector(count - i) { rest, n in store(f * load(x + i + rest, n), x + i + rest, n) }
}

func maximum(_ x: Source, _ count: Int) -> Float {
  let nothing = Vector(repeating: -.infinity)
  var top0 = nothing
  var top1 = nothing
  var top2 = nothing
  var top3 = nothing
  var i = 0
  while i + 4 * lanes <= count {
    top0 = larger(top0, load(x + i))
    top1 = larger(top1, load(x + i + lanes))
    top2 = larger(top2, load(x + i + 2 * lanes))
    top3 = larger(top3, load(x + i + 3 * lanes))
    i += 4 * lanes
  }
  forEachVector(count - i) { rest, n in top0 = larger(top0, fill(load(x + i + rest, n), n, nothing)) }
  return largest(larger(larger(top0, top1), larger(top2, top3)))
}

func scaleByWeight(_ x: Source, _ weight: Source, _ offset: Float, _ factor: Float, _ y: Target, _ count: Int) {
  let f = Vector(repeating: factor)
  let o = Vector(repeating: offset)
  forEachVector(count) { i, n in store(load(x + i, n) * f * (load(weight + i, n) + o), y + i, n) }
}

func rmsNormGradient(
  _ dy: Source, _ x: Source, _ weight: Source, _ offset: Float, _ inverse: Float, _ dx: Target, _ count: Int,
  _ accumulate: Bool
) {
  let o = Vector(repeating: offset)
  var s0 = Vector()
  forEachVector(count) { i, n in addProduct(&s0, load(dy + i, n) * (load(weight + i, n) + o), load(x + i, n)) }
  let r = Vector(repeating: inverse)
  let f = Vector(repeating: sum(s0) * inverse * inverse / Float(count))
  forEachVector(count) { i, n in
    let value = r * (load(dy + i, n) * (load(weight + i, n) + o) - load(x + i, n) * f)
    store(accumulate ? load(dx + i, n) + value : value, dx + i, n)
  }
}

func moments(_ x: Source, _ count: Int, _ result: Target) {
  var s0 = Vector()
  forEachVector(count) { i, n in s0 += load(x + i, n) }
  let mean = sum(s0) / Float(count)
  let centre = Vector(repeating: mean)
  var s1 = Vector()
  forEachVector(count) { i, n in
    let difference = load(x + i, n) - centre
    let own = n == lanes ? difference : keep(difference, n)
    addProduct(&s1, own, own)
  }
  result[0] = mean
  result[1] = sum(s1) / Float(count)
}

func normalise(
  _ x: Source, _ weight: Source, _ bias: Source, _ mean: Float, _ factor: Float, _ y: Target, _ count: Int
) {
  let centre = Vector(repeating: mean)
  let f = Vector(repeating: factor)
  forEachVector(count) { i, n in
    store(multiplyAdd((load(x + i, n) - centre) * f, load(weight + i, n), load(bias + i, n)), y + i, n)
  }
}

func layerNormGradient(
  _ dy: Source, _ x: Source, _ weight: Source, _ mean: Float, _ inverse: Float, _ dx: Target, _ count: Int,
  _ accumulate: Bool
) {
  let centre = Vector(repeating: mean)
  let r = Vector(repeating: inverse)
  var s0 = Vector()
  var s1 = Vector()
  // Lanes past the end have no gradient.
  forEachVector(count) { i, n in
    let g = load(dy + i, n) * load(weight + i, n)
    s0 += g
    addProduct(&s1, g, (load(x + i, n) - centre) * r)
  }
  let meanGradient = Vector(repeating: sum(s0) / Float(count))
  let projection = Vector(repeating: sum(s1) / Float(count))
  forEachVector(count) { i, n in
    let normal = (load(x + i, n) - centre) * r
    let value = r * (load(dy + i, n) * load(weight + i, n) - meanGradient - normal * projection)
    store(accumulate ? load(dx + i, n) + value : value, dx + i, n)
  }
}

func softCapGradient(_ capped: Source, _ dx: Target, _ count: Int, _ cap: Float) {
  let inverse = Vector(repeating: 1 / cap)
  let one = Vector(repeating: 1)
  forEachVector(count) { i, n in
    let share = load(capped + i, n) * inverse
    store(load(dx + i, n) * (one - share * share), dx + i, n)
  }
}

func softCap(_ x: Target, _ count: Int, _ scale: Float, _ cap: Float) {
  let inner = Vector(repeating: scale / cap)
  let outer = Vector(repeating: cap)
  forEachVector(count) { i, n in store(outer * hyperbolicTangent(load(x + i, n) * inner), x + i, n) }
}

func rotate(_ low: Target, _ high: Target, _ cosine: Source, _ sine: Source, _ sign: Float, _ count: Int) {
  let f = Vector(repeating: sign)
  forEachVector(count) { i, n in
    let a = load(low + i, n)
    let b = load(high + i, n)
    let c = load(cosine + i, n)
    let s = load(sine + i, n) * f
    store(a * c - b * s, low + i, n)
    store(b * c + a * s, high + i, n)
  }
}
