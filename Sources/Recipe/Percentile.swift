/// Percentiles by linear interpolation between order statistics (NumPy's default, Hyndman and Fan's type 7).
public enum Percentile {
  /// The `fraction` quantile (0…1) of `values`, in their unit; NaN for no values.
  public static func of(_ values: [Double], _ fraction: Double) -> Double {
    ofSorted(values.sorted(), fraction)
  }

  /// The same for values that are sorted already.
  public static func ofSorted(_ sorted: [Double], _ fraction: Double) -> Double {
    guard let last = sorted.indices.last else { return .nan }
    let position = min(max(fraction, 0), 1) * Double(last)
    let lower = Int(position)
    let upper = min(lower + 1, last)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
  }

  /// The middle value.
  public static func median(_ values: [Double]) -> Double {
    of(values, 0.5)
  }
}
