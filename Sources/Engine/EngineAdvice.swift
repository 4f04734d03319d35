import Analysis
import Foundation
import Messages
import Recipe
import Text

extension Engine {
  /// A study as it was read and put together, for as long as its runs stay the same.
  struct KnownStudy: Sendable {
    var runs: [RunID]
    var table: StudyTable
  }

  /// The report of the finished runs that were asked for; of the published study where there is none.
  package func report(_ request: StudyRequest) async throws -> ReportContent {
    let published = try PublishedStudy.standard()
    guard let (selection, table) = try await study(request) else {
      return try await Blocking.run {
        ReportContent(
          table: published.table, selection: nil, published: published, options: request.options, scope: request.scope)
      }
    }
    let fleet = try await fleetStudy(selection)
    let times = try await tokenTimes(table, of: selection)
    return try await Blocking.run {
      ReportContent(
        table: table, selection: selection, published: published, options: request.options, scope: request.scope,
        fleet: fleet, tokenTimes: times)
    }
  }

  /// Of each combination's first run that was measured quietly, by data set; all on one machine, as the table's own latencies are.
  private func tokenTimes(_ table: StudyTable, of selection: StudySelection) async throws -> [RunID: TokenTimes] {
    let runs = OneMachine(selection.runs).runs.filter { $0.quietLatency != nil }
    var times: [RunID: TokenTimes] = [:]
    for dataset in table.datasets {
      let first = dataset.cells.compactMap { cell in runs.first { cell.runs.contains($0.id) } }
      guard let baseline = first.first?.id else { continue }
      times[baseline] = try await tokenTimes(first, baseline: baseline)
    }
    return times
  }

  /// What was measured of fleets on the base of a study.
  func fleetStudy(_ selection: StudySelection?) async throws -> FleetStudy? {
    guard let fingerprint = selection?.runs.first?.prepared?.baseFingerprint else { return nil }
    return FleetStudy(try await store.fleets(), on: fingerprint, machine: Machine.identity)
  }

  /// Nil where the store holds no finished run of what was asked for.
  func study(_ request: StudyRequest) async throws -> (StudySelection, StudyTable)? {
    if request.publishedOnly { return nil }
    let selection = StudySelection(await bus.currentSnapshot().runs, filter: request.filter)
    guard !selection.runs.isEmpty else { return nil }
    let needed = selection.runs + selection.bases.values.sorted { $0.id < $1.id }
    let ids = needed.map(\.id)
    if let known = lastStudy, known.runs == ids { return (selection, known.table) }
    if !isReadOnly && blockedReason == nil && !hasShutDown { await bus.flush() }
    var scores: [RunID: [ExampleScoreRecord]] = [:]
    for id in ids { scores[id] = try await store.scores(of: id) }
    let published = try PublishedStudy.standard()
    let table = try await Blocking.run { [scores] in
      StudyAssembly.table(selection, scores: scores, published: published)
    }
    lastStudy = KnownStudy(runs: ids, table: table)
    return (selection, table)
  }

  /// The same as the Advise screen shows it.
  func advice(_ request: StudyRequest) async throws -> Advice {
    let published = try PublishedStudy.standard()
    let found = try await study(request)
    let fleet = try await fleetStudy(found?.0)
    var advice = try await Blocking.run {
      AdviceBuilder.build(
        found?.1 ?? published.table, selection: found?.0, published: published, request: request, fleet: fleet)
    }
    if let plan = await missingPlan(found?.0, request) {
      let wanted = try await expand(plan)
      let runs = await bus.currentSnapshot().runs
      advice.missingRuns = wanted.count { reusable($0, in: runs, fingerprint: fingerprints[plan.model]) == nil }
      advice.missing = advice.missingRuns > 0 ? plan : nil
    }
    return advice
  }

  /// Every combination of the study on every one of its data sets, with at least two seeds; where there are no runs yet, the base's
  /// first study on the chosen data set.
  private func missingPlan(_ selection: StudySelection?, _ request: StudyRequest) async -> SweepPlan? {
    guard let selection, let first = selection.runs.first else {
      let snapshot = await bus.currentSnapshot()
      guard !request.publishedOnly, let model = request.filter.model ?? snapshot.model?.reference,
        let data = snapshot.data
      else { return nil }
      return SweepPlan(
        model: model, data: [data.reference], combinations: Targets.firstStudy(of: ModelGroups.of(model)),
        seeds: [0, 1],
        settings: data.recommendedSettings)
    }
    var parts: [SweepPlan.Part] = []
    var combinations: [Targets] = []
    for run in selection.runs {
      if !combinations.contains(run.plan.targets) { combinations.append(run.plan.targets) }
      if parts.contains(where: { $0.data == run.plan.data }) { continue }
      var settings = run.plan.settings
      settings.seed = 0
      settings.output = nil
      settings.measureLatency = true
      settings.parameterBudget = nil
      parts.append(SweepPlan.Part(data: run.plan.data, settings: settings))
    }
    var seeds = Set(selection.runs.map(\.plan.settings.seed)).sorted()
    if seeds.count == 1 { seeds.append(seeds[0] &+ 1) }
    let budgets = Set(selection.runs.map(\.plan.settings.parameterBudget))
    // Runs under a budget and runs under none are not one plan.
    guard budgets.count == 1, let budget = budgets.first else { return nil }
    return SweepPlan(
      model: first.plan.model, parts: parts, combinations: combinations, seeds: seeds, parameterBudget: budget)
  }
}
