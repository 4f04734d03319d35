import Messages
import Recipe

/// A study's runs from a sweep's plan.
enum SweepExpansion {
  /// Seed by seed, data by data, combination by combination (fewest adapter parameters first where asked).
  static func plans(_ sweep: SweepPlan, in model: ModelSummary) -> [RunPlan] {
    var combinations: [Targets] = []
    for set in sweep.combinations where !combinations.contains(set) { combinations.append(set) }
    var plans: [RunPlan] = []
    var known: Set<RunPlan> = []
    // Seeds outermost: a whole first picture of all combinations comes before the second seed of any.
    let cells = sweep.parts.map { part in
      let cells = combinations.map { (targets: $0, settings: sweep.settings(part, $0, in: model)) }
      return (part: part, cells: sweep.cheapestFirst ? cheapestFirst(cells, model) : cells)
    }
    for seed in sweep.seeds {
      for (part, cells) in cells {
        for cell in cells {
          var settings = cell.settings
          settings.seed = seed
          let plan = RunPlan(model: sweep.model, data: part.data, targets: cell.targets, settings: settings)
          if known.insert(plan).inserted { plans.append(plan) }
        }
      }
    }
    return plans
  }

  private static func cheapestFirst(
    _ cells: [(targets: Targets, settings: RunSettings)], _ model: ModelSummary
  ) -> [(targets: Targets, settings: RunSettings)] {
    let costs = cells.map {
      model.adapterParameters($0.targets, rank: $0.settings.rank, useDoRA: $0.settings.useDoRA)
    }
    return cells.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }.map { cells[$0] }
  }
}
