import Messages

/// A study's runs from a sweep's plan.
enum SweepExpansion {
  /// Seed by seed, data by data, combination by combination (fewest adapter parameters first where asked).
  static func plans(_ sweep: SweepPlan, parameters: (TargetSet) -> Int) -> [RunPlan] {
    var combinations: [TargetSet] = []
    for set in sweep.combinations where !combinations.contains(set) { combinations.append(set) }
    if sweep.cheapestFirst {
      let costs = combinations.map(parameters)
      combinations = combinations.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }.map { combinations[$0] }
    }
    var plans: [RunPlan] = []
    // Seeds outermost: a whole first picture of all combinations comes before the second seed of any.
    for seed in sweep.seeds {
      for data in sweep.data {
        for set in combinations {
          var settings = sweep.settings
          settings.seed = seed
          let plan = RunPlan(model: sweep.model, data: data, targets: set, settings: settings)
          if !plans.contains(plan) { plans.append(plan) }
        }
      }
    }
    return plans
  }
}
