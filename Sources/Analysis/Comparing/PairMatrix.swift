import Messages
import Recipe

/// Every run against every other one, by the test that a comparison with the baseline is made by.
///
/// All pairs are one family: Holm's correction is over their number, so that a pair may be open here that is told where only the
/// differences from one baseline are asked for.
enum PairMatrix {
  static func pairs(_ entries: [ComparisonBuilder.Entry], seed: UInt64 = 0) -> [Comparison.Pair] {
    var tests: [(first: Int, second: Int, test: PairTest)] = []
    for first in entries.indices {
      for second in entries.indices.dropFirst(first + 1) {
        guard let test = PairTest(entries[first].examples, entries[second].examples, seed: seed) else { continue }
        tests.append((first, second, test))
      }
    }
    let adjusted = Holm.adjusted(tests.map(\.test.pValue))
    return tests.enumerated().map { place, item in
      let p = adjusted[place] ?? 1
      let points = item.test.points
      return Comparison.Pair(
        first: item.first, second: item.second, points: points, pValue: p, pIsBound: item.test.isBound,
        test: item.test.name,
        verdict: p >= ComparisonBuilder.level || points.estimate == 0
          ? .cannotTell : points.estimate > 0 ? .better : .worse,
        examples: item.test.pairs,
        groups: item.test.groups.map {
          ExampleGroups(count: $0, noun: entries[item.first].run.score?.groups?.noun ?? "groups")
        })
    }
  }
}
