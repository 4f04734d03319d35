import Transformer

/// Random directions at right angles to each other (Gram and Schmidt).
enum OrthonormalRows {
  /// - Parameter leaving: a coordinate that is zero in every row.
  static func random(
    _ rows: Int, _ columns: Int, _ normal: inout NormalGenerator, leaving: Int? = nil
  ) -> [[Double]] {
    var result: [[Double]] = []
    while result.count < rows {
      var row = (0..<columns).map { $0 == leaving ? 0 : Double(normal.next()) }
      for _ in 0..<2 {
        for other in result {
          let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for index in row.indices { row[index] -= product * other[index] }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if norm > 1e-6 { result.append(row.map { $0 / norm }) }
    }
    return result
  }
}
