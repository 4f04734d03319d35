import Messages
import Recipe

/// What the parts of one combination's run add to the time of a search, seconds: its share of the machine.
package struct SearchCost: Sendable {
  package var preparing: Double
  package var training: Double
  /// One heat's scoring.
  package var heat: Double
  package var evaluating: Double
  package var measuring: Double

  package init(preparing: Double, training: Double, heat: Double, evaluating: Double, measuring: Double) {
    self.preparing = preparing
    self.training = training
    self.heat = heat
    self.evaluating = evaluating
    self.measuring = measuring
  }
}

extension SearchCost {
  /// Nil where nothing is known of the speed.
  init?(_ plan: RunPlan, tuning: Int, _ model: TimeModel) {
    var scored = plan
    scored.settings.evaluationSplit = .tuning
    scored.settings.evaluationExamples = tuning
    guard let times = model.times(plan), let heats = model.times(scored) else { return nil }
    let jobs = Double(max(1, model.jobs(plan)))
    preparing = times.preparing / jobs
    training = times.training / jobs
    heat = heats.evaluating / jobs
    evaluating = plan.baseline == nil ? 0 : times.evaluating / jobs
    measuring = times.measuring
  }
}

/// What a search takes if all but the leaders leave at once, as many go on as there are places for, and all seeds are needed.
package struct SearchTimes: Sendable {
  package private(set) var least = 0.0
  package private(set) var expected = 0.0
  package private(set) var most = 0.0
  /// Evaluation and latency of those that the answer names, after it.
  package private(set) var finishing = 0.0
  /// One run in full.
  package private(set) var whole = 0.0

  package init(_ plan: SearchPlan, costs: [SearchCost], isForRates: Bool) {
    guard !costs.isEmpty else { return }
    let count = Double(costs.count)
    func mean(_ part: KeyPath<SearchCost, Double>) -> Double { costs.reduce(0) { $0 + $1[keyPath: part] } / count }
    let (prepare, train, score) = (mean(\.preparing), mean(\.training), mean(\.heat))
    var before = 0.0
    for (heat, share) in plan.heats.enumerated() {
      let each = prepare + (share - before) * train + score
      before = share
      // Which of them enter is known after the look at the base.
      let rates = plan.combinations.reduce(0) { $0 + plan.rates(of: $1.targets).count }
      let entrants = plan.mostEntrants * rates / plan.combinations.count
      let places = heat == 0 ? entrants : min(plan.mostEntrants, plan.places?[heat - 1] ?? .max)
      // Tests let some leave earlier than places do.
      let usual = heat == 0 ? Double(entrants) : max(1, 0.85 * Double(places))
      most += Double(places) * each
      expected += usual * each
      least += (heat == 0 ? Double(entrants) : 1) * each
    }
    let seed = prepare + train + score
    let finalists = Double(min(plan.finalists, plan.combinations.count))
    let seeds = finalists > 1 && !isForRates ? Double(plan.confirmSeeds.count) : 0
    most += finalists * seeds * seed
    // Close ones need all of their seeds, clear ones need one.
    expected += finalists * (seeds > 0 ? max(1, 0.75 * seeds) : 0) * seed
    let named = isForRates ? 1 : finalists
    finishing = named * ((1 + seeds) * (prepare + mean(\.evaluating)) + mean(\.measuring))
    whole = prepare + train + mean(\.evaluating) + mean(\.measuring)
  }
}
