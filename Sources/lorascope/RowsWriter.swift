import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Text

/// A table of finished runs while it is being filled.
final class RowsWriter {
  private let session: StudySession
  private let plan: SweepPlan
  private let file: String
  private let deadline: ContinuousClock.Instant?
  private let probes: Bool
  private let line = ProgressLine()
  private var table: StudyRows
  private var base: ModelSummary?
  /// Of the probe by data set and combination, and what it took.
  private var energies: [String: [Targets: Double]] = [:]
  private var probeSeconds: [String: Double] = [:]
  private var added = 0
  private var lacking = 0

  init(
    session: StudySession, plan: SweepPlan, table: StudyRows, file: String, deadline: ContinuousClock.Instant?,
    probes: Bool
  ) {
    self.session = session
    self.plan = plan
    self.table = table
    self.file = file
    self.deadline = deadline
    self.probes = probes
  }

  var summary: String {
    "\(file): \(Counted.text(table.rows.count, "run")), \(added) of them new"
      + (lacking > 0 ? ", \(lacking) still to be trained" : "")
  }

  private var isOver: Bool { session.receivedSignal != nil || deadline.map { .now >= $0 } ?? false }

  func fill() async throws {
    try await session.expect(.selectModel(plan.model))
    guard let model = await session.bus.currentSnapshot().model else {
      throw CommandError("\(plan.model.displayName) could not be read", status: 65)
    }
    base = model
    try table.checkCounts(name: file)
    for part in plan.parts { try checkSettings(prepared(part).part, model) }
    // What cannot be written is known before anything is trained.
    try save()
    // First what a look at every data set needs, then the seeds of each.
    var parts: [(part: SweepPlan.Part, order: HeatOrder)] = []
    for part in plan.parts {
      let prepared = prepared(part)
      parts.append(prepared)
      try await probe(prepared.part, model)
      try await race(prepared)
    }
    for part in parts { try await repeatBest(part) }
    // TPOT belongs to the base and the adapter's shape: rows that were written before it was measured get it too.
    let runs = await session.bus.currentSnapshot().runs
    for (part, _) in parts {
      table.measure(base: model.fingerprint, task: part.data.displayName) { targets in
        measured(plan.settings(part, targets, in: model), targets, in: runs)
      }
    }
    try save()
  }

  /// Rows are compared: those of a data set were all trained under the same settings.
  private func checkSettings(_ part: SweepPlan.Part, _ model: ModelSummary) throws {
    let name = part.data.displayName
    let mine = StudyTask.settings(part.settings, parameterBudget: plan.parameterBudget)
    guard let known = table.task(name, base: model.fingerprint)?.settings, known != mine else { return }
    let (before, now) = (known.split(separator: " "), mine.split(separator: " "))
    let words = before.filter { !now.contains($0) } + now.filter { !before.contains($0) }
    throw CommandError(
      "'\(file)' holds runs on \(OneLine.name(name)) under other settings (\(OneLine.text(words.joined(separator: ", "))))"
        + ": give another file", status: 65)
  }

  /// The part with a tuning split, and the heats of its runs.
  private func prepared(_ part: SweepPlan.Part) -> (part: SweepPlan.Part, order: HeatOrder) {
    var part = part
    if !part.data.isBuiltin, part.settings.tuningShare == nil { part.settings.tuningShare = Engine.tuningShare }
    let examples =
      part.data.isBuiltin ? plan.search?.tuningExamples ?? SearchRequest.tuningExamples : Engine.mostHeldOut
    return (part, HeatOrder(shares: SearchRequest.heats, examples: examples, waitsAfter: nil))
  }

  private func rates(_ part: SweepPlan.Part) -> [Double] {
    plan.search?.rates?.list(own: part.settings.learningRate) ?? [part.settings.learningRate]
  }

  private func row(_ part: SweepPlan.Part, _ targets: Targets, rate: Double, seed: UInt64) -> StudyRow? {
    guard let base else { return nil }
    let key = StudyRow.Key(
      base: base.fingerprint, task: part.data.displayName, targets: targets, rate: rate, seed: seed)
    return table.row(key)
  }

  /// The gradient energy of each combination on a data set, unless the table has it.
  private func probe(_ part: SweepPlan.Part, _ model: ModelSummary) async throws {
    let task = part.data.displayName
    let mine = table.rows.filter { $0.base == model.fingerprint && $0.task == task }
    for row in mine { energies[task, default: [:]][row.targets] = row.energy }
    guard probes, !isOver, plan.combinations.contains(where: { energies[task]?[$0] == nil }) else { return }
    line.show("probing \(model.name) on \(task)", fraction: nil, detail: "")
    let began = ContinuousClock.now
    let request = ProbeRequest(
      model: plan.model, data: part.data, settings: part.settings, batches: 4, measuresLatency: false)
    switch await session.bus.ask(.probe(request)) {
    case .probe(let result):
      probeSeconds[task] = (ContinuousClock.now - began) / .seconds(1)
      for targets in plan.combinations { energies[task, default: [:]][targets] = result.energy(of: targets).estimate }
    case .refused(let refusal):
      try session.exitIfInterrupted()
      throw refusal
    default: throw CommandError("the engine gave no probe", status: 70)
    }
    line.finish()
  }

  // MARK: What is trained

  /// Every combination at each rate, with the first seed.
  private func race(_ entry: (part: SweepPlan.Part, order: HeatOrder)) async throws {
    guard let seed = plan.seeds.first else { return }
    for rate in rates(entry.part) {
      let sets = plan.combinations.filter { row(entry.part, $0, rate: rate, seed: seed) == nil }
      try await train(sets, rate: rate, seed: seed, entry)
    }
  }

  /// The other seeds of each combination, at the rate that scored best.
  private func repeatBest(_ entry: (part: SweepPlan.Part, order: HeatOrder)) async throws {
    guard let first = plan.seeds.first else { return }
    var byRate: [Double: [Targets]] = [:]
    for targets in plan.combinations {
      let raced = rates(entry.part).compactMap { row(entry.part, targets, rate: $0, seed: first) }
      guard raced.count == rates(entry.part).count else {
        // Its best rate is not known yet.
        lacking += plan.seeds.dropFirst().count { seed in
          !rates(entry.part).contains { row(entry.part, targets, rate: $0, seed: seed) != nil }
        }
        continue
      }
      // Of equal ones the lowest.
      let scores = raced.filter { !$0.diverged }.map { ($0.rate, $0.heats.last?.outcomes.mean ?? -1) }
      guard let best = scores.min(by: { ($1.1, $0.0) < ($0.1, $1.0) }) else { continue }
      byRate[best.0, default: []].append(targets)
    }
    for seed in plan.seeds.dropFirst() {
      for (rate, sets) in byRate.sorted(by: { $0.key < $1.key }) {
        let missing = sets.filter { row(entry.part, $0, rate: rate, seed: seed) == nil }
        try await train(missing, rate: rate, seed: seed, entry)
      }
    }
  }

  /// One combination each at one rate: what the store has already is taken from there.
  private func train(
    _ sets: [Targets], rate: Double, seed: UInt64, _ entry: (part: SweepPlan.Part, order: HeatOrder)
  ) async throws {
    guard !sets.isEmpty else { return }
    guard !isOver else {
      lacking += sets.count
      return
    }
    var part = entry.part
    part.settings.learningRate = rate
    var sweep = SweepPlan(
      model: plan.model, parts: [part], combinations: sets, seeds: [seed], parameterBudget: plan.parameterBudget)
    sweep.heats = entry.order
    try await session.expect(.measureSpeed(sweep, again: false))
    await session.followSpeed(line)
    try session.exitIfInterrupted()
    let ids = try await session.queue(.sweep(sweep))
    _ = try await session.follow(ids) { run in try await take(run, entry.order) }
    try session.exitIfInterrupted()
  }

  // MARK: Rows

  /// Puts a run that has ended into the table, and keeps the table.
  private func take(_ run: RunSummary, _ order: HeatOrder) async throws {
    guard let base else { return }
    let heats: [HeatScores]
    switch await session.bus.ask(.heats(run.id)) {
    case .heats(let found): heats = found
    case .refused(let refusal): throw refusal
    default: throw CommandError("the engine gave no scores of #\(run.id)", status: 70)
    }
    let evaluation: [ExampleOutcome]
    switch await session.bus.ask(.examples(run.id)) {
    case .examples(let found): evaluation = found
    case .refused(let refusal): throw refusal
    default: throw CommandError("the engine gave no answers of #\(run.id)", status: 70)
    }
    let known = measured(run.plan.settings, run.plan.targets, in: await session.bus.currentSnapshot().runs)
    let name = run.plan.data.displayName
    guard
      let row = StudyRow(
        run, heats: heats, by: order, evaluation: evaluation, overhead: known, energy: energies[name]?[run.plan.targets]
      )
    else {
      throw CommandError(
        "#\(run.id) \(run.plan.targets.label) on \(OneLine.name(name)) came to no result: "
          + (run.reason ?? run.state.rawValue), status: 1)
    }
    let before = table.task(row.task, base: row.base)
    let groups = evaluation.sorted { $0.index < $1.index }.map(\.group)
    let part = plan.parts.first { $0.data.displayName == name }.map { prepared($0).part }
    // A run that diverged before it was scored says nothing of the groups.
    table.note(
      StudyTask(
        task: row.task, base: row.base, baseName: base.name,
        tuningGroups: heats.last.flatMap { ExampleGrouping($0.groups)?.places } ?? before?.tuningGroups,
        evaluationGroups: ExampleGrouping(groups)?.places ?? before?.evaluationGroups,
        probeSeconds: before?.probeSeconds ?? probeSeconds[row.task],
        settings: part.map { StudyTask.settings($0.settings, parameterBudget: plan.parameterBudget) }))
    if table.add(row) { added += 1 }
    try table.checkCounts(name: file)
    try save()
  }

  /// TPOT in percent over the base's.
  private func measured(_ settings: RunSettings, _ targets: Targets, in runs: [RunSummary]) -> Double? {
    base.flatMap { runs.measuredOverhead(targets, settings, on: $0.fingerprint)?.estimate }
  }

  private func save() throws {
    try OutputFile.save(Array(try table.text().utf8), to: FileIdentity.real(Paths.absolute(file)))
  }
}
