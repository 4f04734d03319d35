import Messages
import Recipe

extension RunsTable {
  /// What rows are ordered by: any column, and any setting.
  package enum Sort: Hashable, Sendable {
    case accuracy, number, set, state, loss, failures, p50, overhead, parameters
    case data, seed, differs, progress, eta, rate, p95, labels, wall, created, fleet
    /// A setting by its key in a plan.
    case setting(String)

    /// All but the settings, in the order of the menu.
    package static let plain: [Sort] = [
      .accuracy, .number, .set, .state, .loss, .failures, .p50, .overhead, .parameters, .data, .seed, .differs,
      .progress, .eta, .rate, .p95, .labels, .wall, .created, .fleet,
    ]

    package var title: String {
      switch self {
      case .accuracy: "score"
      case .number: "#"
      case .set: "modules"
      case .state: "state"
      case .loss: "loss"
      case .failures: "fail"
      case .p50: "p50"
      case .overhead: "overhead"
      case .parameters: "params"
      case .data: "data"
      case .seed: "seed"
      case .differs: "differs"
      case .progress: "progress"
      case .eta: "eta"
      case .rate: "tok/s"
      case .p95: "p95"
      case .labels: "name, tags"
      case .wall: "time"
      case .created: "queued"
      case .fleet: "fleet"
      case .setting(let key): key.replacing("_", with: "-")
      }
    }

    /// In a few words, for the menu.
    package var about: String {
      switch self {
      case .accuracy: "accuracy"
      case .number: "number, newest first"
      case .set: "set of modules"
      case .state: "state"
      case .loss: "loss of the curve"
      case .failures: "parse failures"
      case .p50: "TPOT p50"
      case .overhead: "overhead over the base"
      case .parameters: "adapter parameters"
      case .data: "data set"
      case .seed: "seed"
      case .differs: "settings that differ"
      case .progress: "progress"
      case .eta: "time left"
      case .rate: "tokens a second"
      case .p95: "TPOT p95"
      case .labels: "name and tags"
      case .wall: "time that it took"
      case .created: "when it was queued, newest first"
      case .fleet: "overhead of a fleet of \(CombinationSummary.fleetSequences)"
      case .setting: title
      }
    }

    /// What a memory of the table calls it.
    package var key: String {
      if case .setting(let key) = self { return "setting:\(key)" }
      return title
    }

    /// Nil for what no version had, and for a setting that is gone.
    package init?(key: String) {
      if key.hasPrefix("setting:") {
        let name = String(key.dropFirst("setting:".count))
        guard SettingField.named(name) != nil else { return nil }
        self = .setting(name)
      } else if let plain = Self.plain.first(where: { $0.key == key }) {
        self = plain
      } else {
        return nil
      }
    }
  }
}

/// Where a run stands among others. Pinned runs come first, and rows without a value after those with one, whatever the direction;
/// those that are alike stand with the newest first, in either direction.
struct RunSortKey: Equatable {
  var group = 0
  var value = 0.0
  var text = ""
  var isPinned = false
}

/// Makes the keys of all runs of a snapshot.
struct RunSortKeys {
  let sort: RunsTable.Sort
  let isReversed: Bool
  let model: ModelSummary?
  let queue: [RunID: Int]
  let loss: (RunSummary) -> Double?
  let differs: (Int) -> String
  let fleet: (RunSummary) -> Double?
  private let field: SettingField?

  /// - Parameter differs: what sets the run at a place apart.
  init(
    _ sort: RunsTable.Sort, isReversed: Bool, _ snapshot: Snapshot, loss: @escaping (RunSummary) -> Double?,
    differs: @escaping (Int) -> String, fleet: @escaping (RunSummary) -> Double?
  ) {
    (self.sort, self.isReversed, self.loss, self.differs, model) = (sort, isReversed, loss, differs, snapshot.model)
    self.fleet = fleet
    queue = Dictionary(snapshot.queue.enumerated().map { ($1, $0) }) { first, _ in first }
    if case .setting(let key) = sort { field = SettingField.named(key) } else { field = nil }
  }

  /// - Parameter place: of the run in the snapshot.
  func key(_ run: RunSummary, at place: Int) -> RunSortKey {
    var key = plainKey(run, at: place)
    key.isPinned = run.labels.isPinned
    return key
  }

  private func plainKey(_ run: RunSummary, at place: Int) -> RunSortKey {
    switch sort {
    case .number: RunSortKey(value: -Double(run.id))
    case .set: RunSortKey(value: Double(Self.order(run.plan.targets)))
    case .state: RunSortKey(value: Double(Self.stateOrder.firstIndex(of: run.state) ?? 0))
    case .accuracy: measured(run, run.score?.score.estimate, descending: true)
    case .loss: measured(run, loss(run), descending: false)
    case .failures: measured(run, run.score?.parseFailureRate, descending: false)
    case .p50: latency(run, run.latency?.p50)
    case .p95: latency(run, run.latency?.p95)
    case .overhead: latency(run, run.latency?.overheadPercent.estimate)
    case .parameters:
      known((run.prepared?.trainableParameters ?? model?.adapterParameters(run.plan)).map { Double($0) })
    case .data: known(run.plan.data.displayName)
    case .seed: known(run.plan.isBaseline ? nil : Double(run.plan.settings.seed))
    case .differs: known(differs(place))
    case .progress: known(run.progress.map { -$0 })
    case .eta: known(run.state.isTerminal ? nil : run.secondsLeft)
    case .rate: known(run.tokensPerSecond.map { -$0 })
    case .labels: known(run.labels.line)
    case .wall: known(run.wallSeconds)
    case .created: known(-run.created)
    case .fleet: known(fleet(run))
    case .setting: setting(run)
    }
  }

  private func known(_ value: Double?) -> RunSortKey {
    guard let value, value.isFinite else { return RunSortKey(group: 1) }
    return RunSortKey(value: value)
  }

  private func known(_ text: String) -> RunSortKey { RunSortKey(group: text.isEmpty ? 1 : 0, text: text) }

  private func setting(_ run: RunSummary) -> RunSortKey {
    guard let field, field.isSaid(of: run) else { return RunSortKey(group: 1) }
    switch field.resolved(run.plan.settings) {
    case .whole(let value)?: return known(Double(value))
    case .seed(let value)?: return known(Double(value))
    case .number(let value)?: return known(value)
    case .flag(let value)?: return known(value ? 1 : 0)
    case .text(let value)?: return known(value)
    case nil: return RunSortKey(group: 1)
    }
  }

  private func measured(_ run: RunSummary, _ value: Double?, descending: Bool) -> RunSortKey {
    if run.state.isActive { return RunSortKey(group: 0, value: Double(run.id)) }
    if let value, value.isFinite { return RunSortKey(group: 1, value: descending ? -value : value) }
    switch run.state {
    case .waiting: return RunSortKey(group: 5, value: Double(queue[run.id] ?? Int.max) * (isReversed ? -1 : 1))
    case .cancelled: return RunSortKey(group: 6, value: -Double(run.id))
    case .paused, .awaitingLatency: return RunSortKey(group: 4, value: Double(run.id))
    case .preparing, .training, .evaluating, .measuring, .done, .stopped, .failed:
      return RunSortKey(group: 3, value: -Double(run.id))
    }
  }

  /// What was measured on a busy machine comes after what was not: it would stand among its betters by chance.
  private func latency(_ run: RunSummary, _ value: Double?) -> RunSortKey {
    var key = measured(run, value, descending: false)
    if key.group == 1, run.latency?.isBusy == true { key.group = 2 }
    return key
  }

  private static let stateOrder: [RunState] = [
    .training, .evaluating, .measuring, .preparing, .paused, .awaitingLatency, .waiting, .done, .stopped, .failed,
    .cancelled,
  ]

  /// Combinations by their code, sets with part of a group after them.
  private static func order(_ targets: Targets) -> Int { targets.order }
}

extension SettingField {
  /// The base's evaluation has no settings of training.
  func isSaid(of run: RunSummary) -> Bool { !run.plan.isBaseline || decides.contains(.evaluation) }
}

extension RunLabels {
  /// Name and tags in a row: `best [good final]`.
  var line: String {
    let tags = tags.isEmpty ? nil : "[\(tags.map(OneLine.text).joined(separator: " "))]"
    return [name.map(OneLine.text), tags].compactMap { $0 }.joined(separator: " ")
  }
}
