import Messages
import Recipe

/// The test that STUDY prescribes for two runs on the same examples: exact McNemar where every score is right or
/// wrong, the paired bootstrap otherwise.
struct PairTest {
  var name: String
  /// First minus second, in points (0 to 100).
  var points: Interval
  var pValue: Double
  var pairs: Int

  /// Nil if the two have no example in common.
  init?(_ first: [ExampleOutcome], _ second: [ExampleOutcome], seed: UInt64) {
    var other: [Int: ExampleOutcome] = [:]
    for example in second { other[example.index] = example }
    var a: [Double] = []
    var b: [Double] = []
    for example in first {
      // The same place in another task's list is another example.
      guard let match = other[example.index], match.prompt == example.prompt, match.expected == example.expected else {
        continue
      }
      if example.score.isFinite && match.score.isFinite {
        a.append(example.score)
        b.append(match.score)
      }
    }
    guard let outcome = PairedBootstrap.compare(a, b, seed: seed) else { return nil }
    let isBinary = (a + b).allSatisfy { $0 == 0 || $0 == 1 }
    name = isBinary ? "exact McNemar" : "paired bootstrap"
    pValue = isBinary ? McNemar.pValue(a, b) : outcome.pValue
    points = Interval(
      estimate: 100 * outcome.difference.estimate, low: 100 * outcome.difference.low,
      high: 100 * outcome.difference.high)
    pairs = a.count
  }
}
