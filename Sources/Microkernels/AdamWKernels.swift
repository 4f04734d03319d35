func adamW(
  _ parameters: Target, _ gradients: Source, _ first: Target, _ second: Target, _ count: Int, _ numbers: Source
) {
  let one = Vector(repeating: 1)
  let beta1 = Vector(repeating: numbers[0])
  let beta2 = Vector(repeating: numbers[1])
  let decay = Vector(repeating: numbers[2])
  let stepSize = Vector(repeating: numbers[3])
  let inverseRoot = Vector(repeating: numbers[4])
  let epsilon = Vector(repeating: numbers[5])
  let gradientFactor = Vector(repeating: numbers[6])
  forEachVector(count) { i, n in
    let g = load(gradients + i, n) * gradientFactor
    let m = beta1 * load(first + i, n) + (one - beta1) * g
    let v = beta2 * load(second + i, n) + (one - beta2) * g * g
    store(m, first + i, n)
    store(v, second + i, n)
    let update = stepSize * m / (squareRoot(v) * inverseRoot + epsilon)
    store(load(parameters + i, n) * decay - update, parameters + i, n)
  }
}
