#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Rotary position embedding in the `rotate_half` convention of the Hugging Face models: value `j` of a head turns
/// together with value `j + rotaryDimensions / 2`; values from `rotaryDimensions` on stay as they are.
public enum RoPE {
  /// Turns every head of `x` in place; `inverse` turns back and is the gradient, which has the table's attention factor
  /// too.
  /// - Parameters:
  ///   - x: `[T, heads · headSize]`
  ///   - headSize: at least `table.rotaryDimensions`
  ///   - positions: `[T]`, each less than `table.positions`
  public static func apply(
    _ w: Worker, x: Rows, headSize: Int, positions: UnsafePointer<Int32>, table: RoPETable, inverse: Bool
  ) {
    let m = Microkernel.table
    let half = table.rotaryDimensions / 2
    let heads = x.columns / headSize
    let sign: Float = inverse ? -1 : 1
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in
      let cosine = table.cosines + Int(positions[t]) * half
      let sine = table.sines + Int(positions[t]) * half
      for head in 0..<heads {
        let low = x.row(t) + head * headSize
        m.rotate(low, low + half, cosine, sine, sign, half)
      }
    }
  }
}

/// Cosines and sines of the rotary position embedding (Su et al. 2021), `[positions, rotaryDimensions / 2]` each.
///
/// Frequencies and angles are rounded to FP32, as transformers rounds them: at position 3000 the exact angle may differ
/// by 1e-4, which is then seen in the logits.
///
/// `@unchecked Sendable`: written by the initialiser only.
public final class RoPETable: @unchecked Sendable {
  /// Angle of each pair of values at position 1.
  public let inverseFrequencies: [Float]
  /// Factor on cosines and sines (longrope, YaRN).
  public let attentionFactor: Float
  public let positions: Int
  public let cosines: UnsafeMutablePointer<Float>
  public let sines: UnsafeMutablePointer<Float>

  /// Values of a head that turn.
  public var rotaryDimensions: Int { 2 * inverseFrequencies.count }

  /// - Parameter inverseFrequencies: one for each pair of values that turn together, scaled already
  public init(inverseFrequencies: [Float], attentionFactor: Float = 1, maxPositions: Int) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
    positions = max(0, maxPositions)
    let half = inverseFrequencies.count
    cosines = .allocate(capacity: max(1, positions * half))
    sines = .allocate(capacity: max(1, positions * half))
    for (pair, frequency) in inverseFrequencies.enumerated() {
      for position in 0..<positions {
        let angle = Double(Float(position) * frequency)
        cosines[position * half + pair] = Float(cos(angle)) * attentionFactor
        sines[position * half + pair] = Float(sin(angle)) * attentionFactor
      }
    }
  }

  /// The whole head turns, pair `i` with frequency `theta^(−2i / headSize)`.
  public convenience init(headSize: Int, theta: Double, maxPositions: Int) {
    self.init(
      inverseFrequencies: (0..<headSize / 2).map { 1 / powf(Float(theta), Float(2 * $0) / Float(headSize)) },
      maxPositions: maxPositions)
  }

  deinit {
    cosines.deallocate()
    sines.deallocate()
  }
}
