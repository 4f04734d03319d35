import Foundation
import Messages
import Recipe

/// Scores of one adapter on some examples, in their order.
package struct PruningScores: Hashable, Codable, Sendable {
  /// 0 to 1.
  package var scores: [Double]
  /// What each is about; nil where it stands for itself.
  package var groups: [String?]

  package init(scores: [Double], groups: [String?]) {
    self.scores = scores
    self.groups = groups
  }

  package init(_ outcomes: [ExampleOutcome]) {
    self.init(scores: outcomes.map(\.score), groups: outcomes.map(\.group))
  }
}

extension PairedLoss {
  /// The paired test that comparisons use, with a bound on the loss that few or no differences cannot make smaller than the examples allow.
  ///
  /// - Parameters:
  ///   - part: of the smaller adapter.
  ///   - whole: of the one that it is a part of, on the same examples.
  /// - Returns: nil without a pair.
  package init?(of part: PruningScores, against whole: PruningScores) {
    let pairs = zip(zip(part.scores, whole.scores), whole.groups).filter { $0.0.0.isFinite && $0.0.1.isFinite }
    let (first, second) = (pairs.map(\.0.0), pairs.map(\.0.1))
    let groups = pairs.map(\.1)
    guard let test = PairTest(first, second, groups: groups, seed: 0) else { return nil }
    let blind = Self.blindSpot(examples: Self.effectiveCount(second, ExampleGrouping(groups)))
    var bound = -test.points.low
    if test.groups == nil, (first + second).allSatisfy({ $0 == 0 || $0 == 1 }) {
      let lost = zip(first, second).count { $0 < $1 }
      let gained = zip(first, second).count { $0 > $1 }
      // Of none that differ the exact bound below is known.
      if lost + gained > 0 {
        bound = max(bound, 100 * PairedShare.upperBound(lost: lost, gained: gained, of: test.pairs))
      }
    }
    self.init(
      difference: test.points, bound: max(bound, blind), pValue: test.pValue, pIsBound: test.isBound,
      test: test.name, examples: test.pairs, groups: test.groups)
  }

  /// The same of answers; those to examples that both have count.
  package init?(of part: [ExampleOutcome], against whole: [ExampleOutcome]) {
    let others = Dictionary(whole.map { ($0.index, $0) }) { first, _ in first }
    let pairs = part.compactMap { example -> (ExampleOutcome, ExampleOutcome)? in
      // The same place in another task's list is another example.
      guard let match = others[example.index], match.prompt == example.prompt, match.expected == example.expected else {
        return nil
      }
      return (example, match)
    }
    self.init(of: PruningScores(pairs.map(\.0)), against: PruningScores(pairs.map(\.1)))
  }

  /// The share of examples, in percent, that could be lost altogether without one of so many showing it, at 97.5 %: the exact binomial bound
  /// for none of n, about 3.7 / n. A loss below it cannot be told from none, so that no bound is smaller.
  package static func blindSpot(examples: Double) -> Double {
    100 * UnseenOutcomes.share(examples)
  }

  /// Examples that are independent of each other would be worth as many: n over the design effect of the scores' mean (Kish 1965). Not fewer
  /// than the groups and not more than the examples.
  package static func effectiveCount(_ scores: [Double], _ grouping: ExampleGrouping?) -> Double {
    let count = Double(scores.count)
    guard let grouping, grouping.count > 1 else { return grouping == nil ? count : 1 }
    let mean = scores.reduce(0, +) / count
    let alone = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count * count)
    let groups = Double(grouping.count)
    // Scores that are all alike say nothing of how groups hang together.
    guard alone > 0 else { return groups }
    let together = zip(grouping.sums(scores), grouping.sizes).reduce(0) { sum, group in
      let residual = group.0 - mean * group.1
      return sum + residual * residual
    }
    let effect = together / (count * count) * groups / (groups - 1) / alone
    return min(count, max(groups, count / max(1, effect)))
  }
}
