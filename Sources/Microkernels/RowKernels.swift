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
  forEachVector(count) { i, n in store(f * load(x + i, n), x + i, n) }
}

func maximum(_ x: Source, _ count: Int) -> Float {
  var top0 = Vector(repeating: -.infinity)
  var top1 = top0
  var i = 0
  while i + 2 * lanes <= count {
    top0 = larger(top0, load(x + i))
    top1 = larger(top1, load(x + i + lanes))
    i += 2 * lanes
  }
  top0 = larger(top0, top1)
  if i + lanes <= count {
    top0 = larger(top0, load(x + i))
    i += lanes
  }
  var top = largest(top0)
  while i < count {
    if x[i] > top { top = x[i] }
    i += 1
  }
  return top
}

func exponentials(_ x: Source, _ y: Target, _ count: Int, _ scale: Float, _ shift: Float) -> Float {
  let factor = Vector(repeating: scale)
  let offset = Vector(repeating: -shift)
  var s0 = Vector()
  var s1 = Vector()
  var i = 0
  while i + 2 * lanes <= count {
    let e0 = exponential(multiplyAdd(load(x + i), factor, offset))
    let e1 = exponential(multiplyAdd(load(x + i + lanes), factor, offset))
    store(e0, y + i)
    store(e1, y + i + lanes)
    s0 += e0
    s1 += e1
    i += 2 * lanes
  }
  forEachVector(count - i) { rest, n in
    let e = exponential(multiplyAdd(load(x + i + rest, n), factor, offset))
    store(e, y + i + rest, n)
    s0 += n == lanes ? e : keep(e, n)
  }
  return sum(s0 + s1)
}

func sumOfExponentials(_ x: Source, _ count: Int, _ shift: Float) -> Float {
  let offset = Vector(repeating: shift)
  var s0 = Vector()
  var s1 = Vector()
  var i = 0
  while i + 2 * lanes <= count {
    s0 += exponential(load(x + i) - offset)
    s1 += exponential(load(x + i + lanes) - offset)
    i += 2 * lanes
  }
  forEachVector(count - i) { rest, n in
    let e = exponential(load(x + i + rest, n) - offset)
    s0 += n == lanes ? e : keep(e, n)
  }
  return sum(s0 + s1)
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
