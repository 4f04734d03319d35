extension MetricSeries {
  /// The newest value of the exponential moving average with bias correction; NaN where the series ends with a value that is not
  /// finite, nil without any. Values so far back that they change no digit of a Float are not read.
  package func newestAverage(beta: Double) -> Double? {
    guard let last else { return nil }
    guard last.isFinite else { return .nan }
    guard beta > 0 else { return Double(last) }
    var sum = 0.0
    var weight = 0.0
    var power = 1 - beta
    // From the newest back, a stretch at a time: short series are read once.
    var end = count
    while end > 0, power > Self.negligible {
      let start = max(0, end - Self.stretch)
      for value in values(start..<end).reversed() where value.isFinite {
        sum += power * Double(value)
        weight += power
        power *= beta
        if power <= Self.negligible { break }
      }
      end = start
    }
    return weight > 0 ? Double(Float(sum / weight)) : nil
  }

  private static let stretch = 256
  /// Beside the weight of the newest value, far below a Float's precision.
  private static let negligible = 1e-12
}
