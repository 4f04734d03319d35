import CPUFeatures

// Rows of exponentials. Cross-entropy reads a row of logits from memory and has written it back before the next; while
// it computes, the memory would be idle. So the exponentials of one row ask for the lines of the next one.

/// `log₂ e · (factor·x + offset)`. The subtraction comes first: it is exact near the largest value, which decides the sum.
@inline(__always)
private func exponent(_ x: Vector, _ factor: Vector, _ offset: Vector) -> Vector {
  multiplyAdd(x, factor, offset) * Vector(repeating: binaryLogarithmOfE)
}

func exponentials(
  _ x: Source, _ y: Target, _ count: Int, _ scale: Float, _ shift: Float, _ ahead: Source?
) -> Float {
  let factor = Vector(repeating: scale)
  let offset = Vector(repeating: -shift)
  // What lies ahead is only asked for; without a next row, the row itself is, which costs nothing.
  let ahead = ahead ?? x
  var s0 = Vector()
  var s1 = Vector()
  var i = 0
  while i + 4 * lanes <= count {
    var line = 0
    while line < 4 * lanes {
      lorascope_prefetch_far(ahead + i + line)
      line += 16
    }
    let (e0, e1, e2, e3) = powersOfTwo(
      exponent(load(x + i), factor, offset), exponent(load(x + i + lanes), factor, offset),
      exponent(load(x + i + 2 * lanes), factor, offset), exponent(load(x + i + 3 * lanes), factor, offset))
    store(e0, y + i)
    store(e1, y + i + lanes)
    store(e2, y + i + 2 * lanes)
    store(e3, y + i + 3 * lanes)
    s0 += e0 + e1
    s1 += e2 + e3
    i += 4 * lanes
  }
  forEachVector(count - i) { rest, n in
    let e = powerOfTwo(exponent(load(x + i + rest, n), factor, offset))
    store(e, y + i + rest, n)
    s0 += n == lanes ? e : keep(e, n)
  }
  return sum(s0 + s1)
}

func sumOfExponentials(_ x: Source, _ count: Int, _ shift: Float) -> Float {
  let factor = Vector(repeating: 1)
  let offset = Vector(repeating: -shift)
  var s0 = Vector()
  var s1 = Vector()
  var i = 0
  while i + 4 * lanes <= count {
    let (e0, e1, e2, e3) = powersOfTwo(
      exponent(load(x + i), factor, offset), exponent(load(x + i + lanes), factor, offset),
      exponent(load(x + i + 2 * lanes), factor, offset), exponent(load(x + i + 3 * lanes), factor, offset))
    s0 += e0 + e1
    s1 += e2 + e3
    i += 4 * lanes
  }
  forEachVector(count - i) { rest, n in
    let e = powerOfTwo(exponent(load(x + i + rest, n), factor, offset))
    s0 += n == lanes ? e : keep(e, n)
  }
  return sum(s0 + s1)
}
