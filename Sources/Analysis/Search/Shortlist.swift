import Messages
import Recipe

/// Which combinations enter the race: those within the latency budget, the baselines first, then the Pareto layers of probe and price.
package struct Shortlist {
  /// Within the budget, in the order of lists.
  package let fitting: [SearchPrior]
  /// Those that race, in the order of lists.
  package let entrants: [Targets]
  /// Why the others do not.
  package let reasons: [Targets: LeaveReason]

  package init(_ plan: SearchPlan) {
    let all = plan.combinations.sorted { Targets.precedes($0.targets, $1.targets) }
    var reasons: [Targets: LeaveReason] = [:]
    if let budget = plan.latencyBudget {
      for prior in all {
        if let overhead = prior.overhead?.estimate, !(overhead <= budget) {
          reasons[prior.targets] = .overBudget(
            overhead: overhead, budget: budget, isPredicted: prior.overheadIsPredicted == true)
        }
      }
    }
    fitting = all.filter { reasons[$0.targets] == nil }
    var chosen = Self.baselines(fitting)
    // Nothing speaks against what was not probed.
    chosen += fitting.filter { Self.energy($0) == nil && !chosen.contains($0.targets) }.map(\.targets)
    for prior in Self.moved(Self.layers(fitting.filter { Self.energy($0) != nil }))
    where !chosen.contains(prior.targets) {
      guard chosen.count < plan.shortlist else { break }
      chosen.append(prior.targets)
    }
    entrants = chosen.sorted(by: Targets.precedes)
    for prior in fitting where !chosen.contains(prior.targets) { reasons[prior.targets] = .notShortlisted }
    self.reasons = reasons
  }

  /// All four, and the dearest of those that fit: hard to beat, so always there to be beaten.
  private static func baselines(_ fitting: [SearchPrior]) -> [Targets] {
    var names: [Targets] = []
    if fitting.contains(where: { $0.targets == .all }) { names.append(.all) }
    // Equal prices fall to the later in the order of lists, which has more modules.
    if let dearest = fitting.max(by: { SearchPrior.isCheaper($0, $1) })?.targets, !names.contains(dearest) {
      names.append(dearest)
    }
    return names
  }

  /// The front of energy and price, then the front of the rest, and so on; within a front by energy.
  private static func layers(_ priors: [SearchPrior]) -> [SearchPrior] {
    var rest = priors
    var order: [SearchPrior] = []
    let isPriced = priors.allSatisfy { $0.overhead.map(\.estimate.isFinite) ?? false }
    while !rest.isEmpty {
      let points = rest.map { prior in
        Front.Point(
          score: energy(prior) ?? 0, cost: isPriced ? prior.overhead?.estimate ?? 0 : Double(prior.parameters))
      }
      let members = Front.members(points)
      let layer = rest.indices.filter { members[$0] == true }.map { rest[$0] }
      order += layer.sorted { (energy($0) ?? 0, $1.parameters) > (energy($1) ?? 0, $0.parameters) }
      rest = rest.indices.filter { members[$0] != true }.map { rest[$0] }
    }
    return order
  }

  /// What did well on other data sets moves up by half of the list at most, what did badly down.
  private static func moved(_ order: [SearchPrior]) -> [SearchPrior] {
    guard order.contains(where: { $0.standing != nil }) else { return order }
    let places = order.indices.map { Double($0) - (order[$0].standing ?? 0) * Double(order.count) / 2 }
    return order.indices.sorted { (places[$0], $0) < (places[$1], $1) }.map { order[$0] }
  }

  private static func energy(_ prior: SearchPrior) -> Double? {
    prior.energy.flatMap { $0.estimate.isFinite && $0.estimate >= 0 ? $0.estimate : nil }
  }
}

extension SearchPrior {
  /// By overhead where both have one, else by trained parameters; equal ones in the order of lists.
  static func isCheaper(_ left: SearchPrior, _ right: SearchPrior) -> Bool {
    if let a = left.overhead?.estimate, let b = right.overhead?.estimate, a.isFinite, b.isFinite, a != b {
      return a < b
    }
    if left.parameters != right.parameters { return left.parameters < right.parameters }
    return Targets.precedes(left.targets, right.targets)
  }
}
