/// What the tower sees for each value of a byte: rescaled and normalised, as transformers' NumPy backend does it.
public struct PixelScale: Sendable, Equatable {
  /// `[3, 256]`: red, green, blue.
  public let values: [Float]

  /// - Parameters:
  ///   - factor: nil leaves bytes as they are.
  ///   - mean: of each channel, subtracted from rescaled values; nil normalises nothing.
  ///   - deviation: of each channel, divided by.
  init(factor: Double?, mean: [Double]?, deviation: [Double]?) {
    values = (0..<3).flatMap { channel in
      (0..<256).map { byte in
        // The product is rounded to FP32 once; the rest is FP32.
        var value = Float(Double(byte) * (factor ?? 1))
        if let mean, let deviation { value = (value - Float(mean[channel])) / Float(deviation[channel]) }
        return value
      }
    }
  }
}
