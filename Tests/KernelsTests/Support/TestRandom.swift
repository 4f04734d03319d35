import Kernels

/// A seeded generator (SplitMix64) of test data.
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }

  mutating func buffer(_ count: Int, in range: ClosedRange<Float> = -1...1) -> FloatBuffer {
    FloatBuffer(floats(count, in: range))
  }

  /// A weight of random values, exactly representable in its element type.
  mutating func weight(rows: Int, columns: Int, _ element: WeightElement) -> WeightMatrix {
    let values = floats(rows * columns)
    guard element == .bfloat16 else { return WeightMatrix(rows: rows, columns: columns, floats: values) }
    let weight = WeightMatrix(rows: rows, columns: columns, element: .bfloat16)
    let halves = weight.base.assumingMemoryBound(to: UInt16.self)
    for (i, value) in values.enumerated() { halves[i] = UInt16(value.bitPattern >> 16) }
    return weight
  }
}

/// Rounded to bfloat16: to the nearest, ties to even.
func rounded(_ values: [Float]) -> [Double] {
  values.map { value in
    let bits = value.bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
  }
}
