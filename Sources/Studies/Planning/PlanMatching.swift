import Messages

extension RunPlan {
  /// Without what does not change a bit of the result.
  var deciding: RunPlan {
    var plan = self
    plan.settings.output = nil
    return plan
  }

  /// Without the seed too: the runs of one cell.
  var withoutSeed: RunPlan {
    var plan = deciding
    plan.settings.seed = 0
    return plan
  }

  /// Without seed and targets: runs that take about as long for a like number of parameters.
  var withoutTargets: RunPlan {
    var plan = withoutSeed
    plan.targets = []
    return plan
  }
}
