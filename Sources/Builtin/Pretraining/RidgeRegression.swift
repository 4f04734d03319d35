/// Linear regression with a penalty on large weights, by the normal equations (Hoerl and Kennard, 1970).
package struct RidgeRegression {
  let inputs: Int
  let outputs: Int
  /// Sums over the examples: of x·xᵀ, its lower half, and of x·yᵀ.
  private var squares: [[Double]]
  private var products: [[Double]]
  private var count = 0

  package init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    self.outputs = outputs
    squares = (0..<inputs).map { [Double](repeating: 0, count: $0 + 1) }
    products = [[Double]](repeating: [Double](repeating: 0, count: outputs), count: inputs)
  }

  package mutating func add(_ x: [Double], _ y: [Double]) {
    for row in 0..<inputs {
      let value = x[row]
      for column in 0...row { squares[row][column] += value * x[column] }
      for column in 0..<outputs { products[row][column] += value * y[column] }
    }
    count += 1
  }

  /// The weights `[inputs][outputs]` by Cholesky's decomposition; nil if the examples do not determine them.
  ///
  /// - Parameter ridge: the penalty, as a share of an example's mean square.
  package func solve(ridge: Double) -> [[Double]]? {
    guard count > 0 else { return nil }
    let mean = (0..<inputs).reduce(0) { $0 + squares[$1][$1] } / Double(inputs)
    var lower = squares
    for row in 0..<inputs { lower[row][row] += ridge * mean }
    for row in 0..<inputs {
      for column in 0...row {
        var value = lower[row][column]
        for k in 0..<column { value -= lower[row][k] * lower[column][k] }
        if row == column {
          guard value > 0 else { return nil }
          lower[row][row] = value.squareRoot()
        } else {
          lower[row][column] = value / lower[column][column]
        }
      }
    }
    var solution = products
    for row in 0..<inputs {
      for k in 0..<row {
        for column in 0..<outputs { solution[row][column] -= lower[row][k] * solution[k][column] }
      }
      for column in 0..<outputs { solution[row][column] /= lower[row][row] }
    }
    for row in (0..<inputs).reversed() {
      for k in row + 1..<inputs {
        for column in 0..<outputs { solution[row][column] -= lower[k][row] * solution[k][column] }
      }
      for column in 0..<outputs { solution[row][column] /= lower[row][row] }
    }
    return solution
  }
}
