import Builtin
import Testing

@Suite struct RidgeRegressionTests {
  @Test func findsTheWeightsThatMadeTheExamples() throws {
    let weights = [[2.0, -1], [0.5, 3], [-4, 0.25]]
    var regression = RidgeRegression(inputs: 3, outputs: 2)
    for step in 0..<20 {
      let x = [1.0, Double(step), Double(step * step % 7)]
      let y = (0..<2).map { column in (0..<3).reduce(0) { $0 + x[$1] * weights[$1][column] } }
      regression.add(x, y)
    }
    let found = try #require(regression.solve(ridge: 1e-12))
    for row in 0..<3 {
      for column in 0..<2 { #expect(abs(found[row][column] - weights[row][column]) < 1e-6) }
    }
  }

  @Test func aPenaltyDecidesWhatTheExamplesLeaveOpen() throws {
    var regression = RidgeRegression(inputs: 2, outputs: 1)
    regression.add([1, 1], [2])
    #expect(regression.solve(ridge: 0) == nil)
    let found = try #require(regression.solve(ridge: 1e-9))
    #expect(abs(found[0][0] - 1) < 1e-6 && abs(found[1][0] - 1) < 1e-6)
  }
}
