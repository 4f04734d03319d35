import Messages

/// A kind of runs whose speed is not known here: all runs of a study on one data set.
struct SpeedRequest: Sendable {
  var key: SpeedMeasurement.Key
  /// The run with the fewest adapted projections, and that with the most: what lies between is interpolated.
  var lowest: RunPlan
  var highest: RunPlan
  /// How many of the kind there are to do: no more are tried at once.
  var runs: Int

  /// - Parameter plans: of one kind; nil for none.
  init?(_ plans: [RunPlan], key: SpeedMeasurement.Key) {
    let ordered = plans.sorted { SpeedArithmetic.size($0.targets) < SpeedArithmetic.size($1.targets) }
    guard let lowest = ordered.first, let highest = ordered.last else { return nil }
    self.key = key
    self.lowest = lowest
    self.highest = highest
    runs = plans.count
  }
}
