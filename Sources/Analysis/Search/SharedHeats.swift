import Messages
import Recipe

/// What the first heats of finished races on other data sets of the same base say of combinations.
///
/// It can order and shorten a shortlist, and decide nothing: the baselines enter whatever it says, what it keeps out is named by the answer
/// as not proven worse, and no result of another data set comes into a test. Rates are not shortened by it, since a rate that has not
/// raced could not be named.
package struct SharedHeats: Sendable {
  /// Races that it was learned from.
  package let sets: Int
  /// −1 for what came last everywhere to 1 for what came first, drawn towards 0 where few races say it.
  package let standings: [Targets: Double]

  /// With fewer the shortlist keeps its length.
  package static let setsToShorten = 2
  package static let shortened = 4
  /// Races that count as if they had said nothing.
  static let reserve = 1.0

  /// - Parameter races: of other data sets; those whose first heat is not over say nothing.
  package init(_ races: [SearchBracket]) {
    var sums: [Targets: Double] = [:]
    var counts: [Targets: Int] = [:]
    var sets = 0
    for race in races {
      guard let heat = race.heats.first, heat.entries.allSatisfy({ $0.standing != .running }) else { continue }
      // A combination is as good as the best of its rates; what a person took out has no place.
      let order = heat.entries.filter { $0.standing != .left(.withdrawn) }.map(\.candidate.targets)
        .reduce(into: [Targets]()) { known, targets in if !known.contains(targets) { known.append(targets) } }
      guard order.count > 1 else { continue }
      sets += 1
      for (place, targets) in order.enumerated() {
        sums[targets, default: 0] += 1 - 2 * Double(place) / Double(order.count - 1)
        counts[targets, default: 0] += 1
      }
    }
    self.sets = sets
    standings = Dictionary(
      uniqueKeysWithValues: sums.map { targets, sum in (targets, sum / (Double(counts[targets] ?? 0) + Self.reserve)) })
  }

  /// Puts what it knows into a plan whose race has not begun.
  package func apply(to plan: inout SearchPlan) {
    for place in plan.combinations.indices {
      plan.combinations[place].standing = standings[plan.combinations[place].targets]
    }
    if sets >= Self.setsToShorten { plan.shortlist = min(plan.shortlist, Self.shortened) }
  }
}
