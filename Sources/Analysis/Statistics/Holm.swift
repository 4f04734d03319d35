/// Holm's step-down correction for several tests at once (Holm 1979).
public enum Holm {
  /// Adjusted p-values in the order given: reject where one is below the level. Missing tests (nil) do not count.
  public static func adjusted(_ values: [Double?]) -> [Double?] {
    let order = values.indices.filter { values[$0] != nil }.sorted { (values[$0] ?? 0) < (values[$1] ?? 0) }
    var adjusted = values
    var largest = 0.0
    for (rank, index) in order.enumerated() {
      largest = max(largest, min(1, (values[index] ?? 1) * Double(order.count - rank)))
      adjusted[index] = largest
    }
    return adjusted
  }
}
