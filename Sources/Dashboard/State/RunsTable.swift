import Messages
import Recipe

/// The runs table: order, filter and cursor. The cursor is a run's id, so that new data never moves it to another run.
package struct RunsTable: Sendable, Equatable {
  package enum Sort: String, CaseIterable, Hashable, Sendable {
    case accuracy, number, set, state, loss, failures, p50, overhead, parameters

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
      }
    }
  }

  package var sort = Sort.accuracy
  package var isReversed = false
  package var filter = ""
  package var selected: RunID?
  /// The run at which a range of marks was started with `v`.
  package var rangeStart: RunID?
  /// The column that the status row explains, and when it was chosen: later news comes before it.
  package var column: RunsColumn?
  package var columnChosen = 0.0

  package init() {}

  /// The rows from top to bottom.
  package func rows(_ snapshot: Snapshot, loss: (RunSummary) -> Double?) -> [RunSummary] {
    let words = filter.lowercased().split(separator: " ").map(String.init)
    let shown =
      words.isEmpty ? snapshot.runs : snapshot.runs.filter { run in words.allSatisfy { Self.matches(run, $0) } }
    let queue = Dictionary(snapshot.queue.enumerated().map { ($1, $0) }) { first, _ in first }
    let keyed = shown.map { run in (run: run, key: key(run, snapshot: snapshot, queue: queue, loss: loss)) }
    return keyed.sorted { a, b in
      if a.key.group != b.key.group { return a.key.group < b.key.group }
      if a.key.value != b.key.value { return (a.key.value < b.key.value) != isReversed }
      return a.run.id > b.run.id
    }.map(\.run)
  }

  private struct SortKey {
    /// Rows without a value come after those with one, whatever the direction.
    var group: Int
    var value: Double
  }

  private func key(
    _ run: RunSummary, snapshot: Snapshot, queue: [RunID: Int], loss: (RunSummary) -> Double?
  ) -> SortKey {
    func measured(_ value: Double?, descending: Bool) -> SortKey {
      if run.state.isActive { return SortKey(group: 0, value: Double(run.id)) }
      if let value, value.isFinite { return SortKey(group: 1, value: descending ? -value : value) }
      switch run.state {
      case .waiting: return SortKey(group: 5, value: Double(queue[run.id] ?? Int.max) * (isReversed ? -1 : 1))
      case .cancelled: return SortKey(group: 6, value: -Double(run.id))
      case .paused, .awaitingLatency: return SortKey(group: 4, value: Double(run.id))
      case .preparing, .training, .evaluating, .measuring, .done, .stopped, .failed:
        return SortKey(group: 3, value: -Double(run.id))
      }
    }
    // What was measured on a busy machine comes after what was not: it would stand among its betters by chance.
    func latency(_ value: Double?) -> SortKey {
      var key = measured(value, descending: false)
      if key.group == 1, run.latency?.isBusy == true { key.group = 2 }
      return key
    }
    switch sort {
    case .number: return SortKey(group: 0, value: -Double(run.id))
    case .set: return SortKey(group: 0, value: Double(Self.order(run.plan.targets)))
    case .state:
      return SortKey(group: 0, value: Double(Self.stateOrder.firstIndex(of: run.state) ?? 0))
    case .accuracy: return measured(run.score?.score.estimate, descending: true)
    case .loss: return measured(loss(run), descending: false)
    case .failures: return measured(run.score?.parseFailureRate, descending: false)
    case .p50: return latency(run.latency?.p50)
    case .overhead: return latency(run.latency?.overheadPercent.estimate)
    case .parameters:
      let count =
        run.prepared?.trainableParameters
        ?? snapshot.model?.adapterParameters(run.plan)
      return SortKey(group: count == nil ? 1 : 0, value: Double(count ?? 0))
    }
  }

  private static let stateOrder: [RunState] = [
    .training, .evaluating, .measuring, .preparing, .paused, .awaitingLatency, .waiting, .done, .stopped, .failed,
    .cancelled,
  ]

  /// Combinations by their hex digit, sets with part of a group after them.
  private static func order(_ targets: Targets) -> Int {
    targets.isEmpty ? 0 : targets.hexDigit?.hexDigitValue ?? 16 + Int(targets.rawValue)
  }

  private static func matches(_ run: RunSummary, _ word: String) -> Bool {
    if word.hasPrefix("#") { return "#\(run.id)" == word }
    if word.count == 1, let digit = word.uppercased().first, digit.isHexDigit {
      return run.plan.targets.hexDigit == digit
    }
    if word.hasPrefix("s"), let seed = UInt64(word.dropFirst()) { return run.plan.settings.seed == seed }
    let texts = [
      run.plan.targets.label, run.plan.targets.cells(), StateWord.of(run).word, run.state.rawValue,
      run.plan.model.displayName, run.plan.data.displayName, "\(run.id)",
    ]
    return texts.contains { $0.lowercased().contains(word) }
  }
}
