import Messages
import Recipe

/// The plan that the Sweep screen stands for.
extension DashboardState {
  /// The data sets that a study can be made of: the built-in tasks, and a file that is chosen in Setup.
  package var studyChoices: [DataSummary] {
    guard let data = snapshot.data, !snapshot.availableData.contains(where: { $0.reference == data.reference }) else {
      return snapshot.availableData
    }
    return snapshot.availableData + [data]
  }

  /// Those that are chosen, in the list's order; the one of Setup until a person chooses.
  package var studyData: [DataSummary] {
    if let chosen = sweep.data {
      let data = studyChoices.filter { chosen.contains($0.reference) }
      if !data.isEmpty { return data }
    }
    return snapshot.data.map { [$0] } ?? []
  }

  /// What `n` on the Sweep screen would start; nil while a model, data or a combination is missing.
  package var sweepPlan: SweepPlan? { sweepPlan(of: sweep.combinations.filter { sweep.included.contains($0) }) }

  package func sweepPlan(of combinations: [Targets]) -> SweepPlan? {
    guard let model = snapshot.model?.reference, !studyData.isEmpty, !combinations.isEmpty else { return nil }
    let parts = studyData.map { data -> SweepPlan.Part in
      var settings = setup.settings(of: data, chosen: snapshot.data?.reference)
      if let count = sweep.evaluationExamples { settings.evaluationExamples = count }
      return SweepPlan.Part(data: data.reference, settings: settings)
    }
    return SweepPlan(
      model: model, parts: parts, combinations: combinations, seeds: setup.seeds,
      parameterBudget: sweep.parameterBudget, reuseFinished: sweep.reuseFinished, cheapestFirst: sweep.cheapestFirst)
  }

  /// The rank of a combination in the plan: the budget's, or the form's; `4-16` where its groups have several.
  package func plannedRank(_ targets: Targets) -> String { plannedSettings(targets).rankText(of: targets) }

  private func plannedSettings(_ targets: Targets) -> RunSettings {
    guard let budget = sweep.parameterBudget, let model = snapshot.model else { return setup.settings }
    return setup.settings.matched(to: budget, targets, in: model)
  }

  package func plannedParameters(_ targets: Targets) -> Int? {
    snapshot.model?.adapterParameters(targets, plannedSettings(targets))
  }

  /// The combinations in the order in which the planner lists them.
  package var plannedSets: [Targets] {
    guard sweep.sort == .parameters, snapshot.model != nil else { return sweep.combinations }
    return sweep.combinations.sorted { (adapterParameters($0) ?? 0) < (adapterParameters($1) ?? 0) }
  }

  /// How fast the runs of the plan go was measured for each of its data sets.
  package var sweepIsClocked: Bool {
    let ways = sweepEstimate.value?.ways ?? []
    return !ways.isEmpty && ways.allSatisfy { $0.tokensPerSecondInTurn != nil }
  }

  /// Runs that the plan would start, and their estimated seconds, from the engine's estimate.
  package var sweepTotals: (toDo: Int, have: Int, wanted: Int, seconds: Double?) {
    totals(sweep.included.flatMap { sweepEstimate.items($0) })
  }

  /// The same for one data set.
  package func sweepTotals(of data: DataReference) -> (toDo: Int, have: Int, wanted: Int, seconds: Double?) {
    totals(sweep.included.flatMap { sweepEstimate.items($0) }.filter { $0.data == data })
  }

  private func totals(_ items: [SweepEstimate.Item]) -> (toDo: Int, have: Int, wanted: Int, seconds: Double?) {
    var seconds: Double? = items.isEmpty ? nil : 0
    for item in items where item.wanted > item.have {
      seconds = seconds.flatMap { sum in item.secondsPerRun.map { sum + $0 * Double(item.wanted - item.have) } }
    }
    let have = items.reduce(0) { $0 + $1.have }
    let wanted = items.reduce(0) { $0 + $1.wanted }
    return (wanted - have, have, wanted, seconds)
  }
}
