/// A small matrix in double precision, column by column: what the low-rank factors of one layer are decomposed in.
struct DoubleMatrix {
  let rows: Int
  let columns: Int
  /// `[columns, rows]`
  var values: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    values = [Double](repeating: 0, count: rows * columns)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[column * rows + row] }
    set { values[column * rows + row] = newValue }
  }

  var transposed: DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    for column in 0..<columns { for row in 0..<rows { result[column, row] = self[row, column] } }
    return result
  }

  /// The sum over rows of two columns' products.
  func dot(_ left: Int, _ right: Int, from first: Int = 0) -> Double {
    var sum = 0.0
    for row in first..<rows { sum += values[left * rows + row] * values[right * rows + row] }
    return sum
  }

  static func * (left: DoubleMatrix, right: DoubleMatrix) -> DoubleMatrix {
    var result = DoubleMatrix(rows: left.rows, columns: right.columns)
    for column in 0..<right.columns {
      for inner in 0..<left.columns {
        let factor = right[inner, column]
        if factor == 0 { continue }
        for row in 0..<left.rows { result.values[column * left.rows + row] += left[row, inner] * factor }
      }
    }
    return result
  }
}

extension DoubleMatrix {
  /// Q `[rows, k]` with orthonormal columns and R `[k, columns]`, k being the smaller of rows and columns, by Householder's reflections
  /// (Golub and Van Loan, Matrix Computations, 5.2): a column that depends on those before it, or is zero, needs no care.
  func thinQR() -> (q: DoubleMatrix, r: DoubleMatrix) {
    let count = min(rows, columns)
    var work = self
    // Each reflection's vector from its diagonal down; zero where there was nothing to reflect.
    var vectors = DoubleMatrix(rows: rows, columns: count)
    func reflect(_ matrix: inout DoubleMatrix, _ column: Int, _ place: Int, _ scale: Double) {
      var sum = 0.0
      for row in place..<rows { sum += vectors[row, place] * matrix[row, column] }
      let factor = scale * sum
      if factor == 0 { return }
      for row in place..<rows { matrix[row, column] -= factor * vectors[row, place] }
    }
    var scales = [Double](repeating: 0, count: count)
    for place in 0..<count {
      let norm = work.dot(place, place, from: place).squareRoot()
      guard norm > 0 else { continue }
      for row in place..<rows { vectors[row, place] = work[row, place] }
      vectors[place, place] += work[place, place] < 0 ? -norm : norm
      scales[place] = 2 / vectors.dot(place, place, from: place)
      for column in place..<columns { reflect(&work, column, place, scales[place]) }
    }
    var r = DoubleMatrix(rows: count, columns: columns)
    for column in 0..<columns { for row in 0..<min(count, column + 1) { r[row, column] = work[row, column] } }
    var q = DoubleMatrix(rows: rows, columns: count)
    for column in 0..<count {
      q[column, column] = 1
      for place in stride(from: count - 1, through: 0, by: -1) { reflect(&q, column, place, scales[place]) }
    }
    return (q, r)
  }

  /// Singular values, the largest first, with their vectors: this matrix is U · diag(σ) · Vᵀ, U `[rows, k]` and V `[columns, k]`, k being the
  /// smaller of rows and columns. By Hestenes' one-sided Jacobi rotations, which find small singular values as exactly as large ones
  /// (Demmel and Veselić 1992). A vector on the side of the longer columns is zero where its singular value is.
  func singularValues() -> (u: DoubleMatrix, values: [Double], v: DoubleMatrix) {
    if rows < columns {
      let turned = transposed.singularValues()
      return (turned.v, turned.values, turned.u)
    }
    var work = self
    var v = DoubleMatrix(rows: columns, columns: columns)
    for place in 0..<columns { v[place, place] = 1 }
    for _ in 0..<Self.mostSweeps {
      var isDone = true
      for left in 0..<columns {
        for right in (left + 1)..<max(left + 1, columns) {
          let (a, b, cross) = (work.dot(left, left), work.dot(right, right), work.dot(left, right))
          guard abs(cross) > Self.tolerance * (a.squareRoot() * b.squareRoot()) else { continue }
          isDone = false
          let zeta = (b - a) / (2 * cross)
          let tangent = (zeta < 0 ? -1.0 : 1.0) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
          let cosine = 1 / (1 + tangent * tangent).squareRoot()
          work.rotate(left, right, cosine, cosine * tangent)
          v.rotate(left, right, cosine, cosine * tangent)
        }
      }
      if isDone { break }
    }
    let norms = (0..<columns).map { work.dot($0, $0).squareRoot() }
    let order = norms.indices.sorted { (norms[$1], $0) < (norms[$0], $1) }
    var left = DoubleMatrix(rows: rows, columns: columns)
    var right = DoubleMatrix(rows: columns, columns: columns)
    for (place, column) in order.enumerated() {
      let norm = norms[column]
      for row in 0..<rows { left[row, place] = norm > 0 ? work[row, column] / norm : 0 }
      for row in 0..<columns { right[row, place] = v[row, column] }
    }
    return (left, order.map { norms[$0] }, right)
  }

  private mutating func rotate(_ left: Int, _ right: Int, _ cosine: Double, _ sine: Double) {
    for row in 0..<rows {
      let (x, y) = (values[left * rows + row], values[right * rows + row])
      values[left * rows + row] = cosine * x - sine * y
      values[right * rows + row] = sine * x + cosine * y
    }
  }

  /// Columns whose cosine is below this are orthogonal.
  private static let tolerance = 1e-15
  /// Five to ten are enough; more would mean that rounding turns in a circle.
  private static let mostSweeps = 60
}
