import Foundation

/// A curve in one row of a table: heights of cells.
public enum Sparkline {
  /// As many cells as there are columns, from the lowest to the highest value of the series itself; a gap where no value is finite,
  /// all of the same height where all values are the same.
  ///
  /// - Parameter isLog: heights by the values' logarithms, of those that are positive: losses fall by factors.
  public static func text(_ values: [Float], columns: Int, isLog: Bool = false, glyphs: Glyphs) -> String {
    guard columns > 0, !values.isEmpty else { return "" }
    let cells = means(values, columns: min(columns, values.count), isLog: isLog)
    let finite = cells.compactMap { $0 }
    guard let low = finite.min(), let high = finite.max() else {
      return String(repeating: glyphs.gap, count: min(columns, values.count))
    }
    let top = glyphs.heights.count - 1
    return String(
      cells.map { cell -> Character in
        guard let cell else { return " " }
        // What does not move lies low.
        guard high > low else { return glyphs.heights[0] }
        return glyphs.heights[min(top, Int((cell - low) / (high - low) * Double(top) + 0.5))]
      })
  }

  /// Of neighbours that share a cell the mean, so that a single step does not set a cell's height.
  private static func means(_ values: [Float], columns: Int, isLog: Bool) -> [Double?] {
    (0..<columns).map { column in
      let part = values[values.count * column / columns..<values.count * (column + 1) / columns]
      var (sum, count) = (0.0, 0)
      for value in part where value.isFinite && (!isLog || value > 0) {
        sum += isLog ? log(Double(value)) : Double(value)
        count += 1
      }
      return count > 0 ? sum / Double(count) : nil
    }
  }
}
