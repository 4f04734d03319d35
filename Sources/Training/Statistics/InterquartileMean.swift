/// The mean of what is left after a quarter of the values has been cut off at either end. Nearly as precise as the
/// mean where noise is Gaussian, and indifferent to the few samples that another process stole time from.
public enum InterquartileMean {
  /// The mean of the middle half of `values` (`count / 4` rounded down is cut at each end); NaN for no values.
  public static func of(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let cut = values.count / 4
    let kept = values.sorted()[cut..<(values.count - cut)]
    return kept.reduce(0, +) / Double(kept.count)
  }
}
