import Messages

extension RunPlan {
  /// Without what does not change a bit of the result.
  package var deciding: RunPlan {
    var plan = self
    plan.settings.output = nil
    return plan
  }

  /// Without the seed too: the runs of one cell.
  package var withoutSeed: RunPlan {
    var plan = deciding
    plan.settings.seed = 0
    return plan
  }

  /// Without seed and targets: the runs of one study on one data set, which take about as long for a like number of parameters. In a
  /// parameter-matched study each combination has a rank of its own, and what is common to all is alpha over rank.
  package var withoutTargets: RunPlan {
    var plan = withoutSeed
    plan.targets = []
    if settings.parameterBudget != nil {
      plan.settings.alpha = settings.alpha.map { $0 / Double(max(1, settings.rank)) }
      plan.settings.rank = 0
    }
    return plan
  }
}
