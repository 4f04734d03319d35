import Messages
import Synchronization
import Terminal

/// What one pass over the runs says about all of them.
package struct Overview: Sendable {
  /// Names of the data sets on which there are runs.
  package var dataNames: [DataReference: String] = [:]
  /// Places of the runs that the engine works on now.
  package var active: [Int] = []
  package var finished = 0
  /// Runs that are under way, waiting or paused.
  package var unfinished = 0
  /// Runs that ended before their last step.
  package var cut = 0
  /// Runs whose latency was measured, on a busy machine too.
  package var measured = 0
  /// Runs on which a person has written something.
  package var labelled = 0
  /// Finished runs whose latency was measured on a busy machine, and whose adapter is there to be measured again.
  package var busy: [RunID] = []
  /// The upper end of the widest overhead's interval, percent, of latencies from a quiet machine.
  package var mostOverhead = 0.0
  /// Places of pruned runs, and of the runs whose adapters they made smaller; without those that are pinned.
  package var parents: [Int: Int] = [:]
  /// Changes with every result, with that of a latency that was measured again too.
  package var results = 0
  /// A hash of all runs' numbers: what follows from the plans alone stays as long as it does.
  package var identity = 0

  init(_ snapshot: Snapshot) {
    var results = Hasher()
    var identity = Hasher()
    for (place, run) in snapshot.runs.enumerated() {
      identity.combine(run.id)
      if dataNames[run.plan.data] == nil { dataNames[run.plan.data] = run.plan.data.displayName }
      if run.state.isActive { active.append(place) }
      if !run.labels.isEmpty { labelled += 1 }
      if run.latency != nil { measured += 1 }
      if let pruning = run.plan.pruning, !run.labels.isPinned, let parent = snapshot.index(of: pruning.parent),
        parent < place
      {
        parents[place] = parent
      }
      if !run.state.isTerminal || run.remeasuring != nil { unfinished += 1 }
      if run.state == .failed || run.state == .stopped { cut += 1 }
      guard run.state == .done || run.state == .stopped else { continue }
      results.combine(run.id)
      results.combine(run.latency?.p50)
      results.combine(run.latency?.coreShare)
      results.combine(run.score?.score.estimate)
      if let high = run.quietLatency?.overheadPercent.high, high.isFinite { mostOverhead = max(mostOverhead, high) }
      if run.latency?.isBusy == true, run.adapterPath != nil { busy.append(run.id) }
      guard run.state == .done else { continue }
      finished += 1
    }
    self.results = results.finalize()
    self.identity = identity.finalize()
  }
}

/// What the runs say about the present setup.
package struct SetupFacts: Sendable {
  package struct Key: Equatable, Sendable {
    var outline: UInt64
    var setup: Setup
  }

  // Places in the snapshot's runs.
  fileprivate var base: Int?
  fileprivate var newestOfSet: Int?
  fileprivate var measuredOfSet: Int?
  fileprivate var newestScored: Int?
  /// Seeds of the setup that have no run yet that is waiting, under way or finished.
  package var seedsLeft: [UInt64]

  /// - Parameter own: the runs on the setup's model and data; nil where it has none.
  init(_ snapshot: Snapshot, _ setup: Setup, _ own: SetupRuns?) {
    guard let own else {
      seedsLeft = setup.seeds
      return
    }
    let plans = setup.seeds.map { setup.plan(seed: $0, model: own.key.model, data: own.key.data) }
    var taken = [Bool](repeating: false, count: plans.count)
    var ownBase: Int?
    for place in own.places {
      let run = snapshot.runs[place]
      if run.plan.isBaseline {
        if run.score != nil { base = place }
        if run.plan == own.key.base, run.state != .cancelled, run.state != .failed { ownBase = place }
        continue
      }
      if run.plan.targets == setup.targets, run.state != .cancelled {
        newestOfSet = place
        if run.latency != nil { measuredOfSet = place }
        if run.state == .failed { continue }
        for (place, plan) in plans.enumerated() where !taken[place] && plan == run.plan { taken[place] = true }
      }
    }
    if let ownBase, snapshot.runs[ownBase].score != nil { base = ownBase }
    newestScored = Self.newest(own.alike, snapshot) ?? Self.newest(own.places, snapshot)
    seedsLeft = setup.seeds.indices.filter { !taken[$0] }.map { setup.seeds[$0] }
  }

  /// The scored run that finished last; of those that finished together the later.
  private static func newest(_ places: [Int], _ snapshot: Snapshot) -> Int? {
    var newest: (place: Int, finished: Double)?
    for place in places {
      let run = snapshot.runs[place]
      guard run.score != nil, run.state == .done || run.state == .stopped, !run.plan.isBaseline else { continue }
      let finished = run.finished ?? 0
      if let newest, finished < newest.finished { continue }
      newest = (place, finished)
    }
    return newest?.place
  }
}

/// Which runs are on the model and data of the setup: it follows from plans alone, which never change.
struct SetupRuns: Sendable {
  struct Key: Equatable, Sendable {
    var identity: Int
    var model: ModelReference
    var data: DataReference
    /// The evaluation of the base that goes with the setup.
    var base: RunPlan?
  }

  let key: Key
  /// Places in a snapshot's runs, and those of them that are evaluated as the setup says.
  private(set) var places: [Int] = []
  private(set) var alike: [Int] = []

  init(_ key: Key, _ snapshot: Snapshot) {
    self.key = key
    for (place, run) in snapshot.runs.enumerated() where run.plan.model == key.model && run.plan.data == key.data {
      places.append(place)
      if !run.plan.isBaseline, run.plan.baseline == key.base { alike.append(place) }
    }
  }
}

extension DashboardState {
  package var overview: Overview { remembered.overview.value(for: outline) { Overview(snapshot) } }

  package var setupFacts: SetupFacts {
    remembered.setup.value(for: SetupFacts.Key(outline: outline, setup: setup)) {
      SetupFacts(snapshot, setup, setupRuns)
    }
  }

  /// The finished evaluation of the base on the present model and data: that of the present setup, else the newest.
  package var baseRun: RunSummary? { setupFacts.base.map { snapshot.runs[$0] } }

  /// Runs of the checked set on the present model and data: the newest, and the newest that was measured.
  package var newestOfSet: RunSummary? { setupFacts.newestOfSet.map { snapshot.runs[$0] } }
  package var measuredOfSet: RunSummary? { setupFacts.measuredOfSet.map { snapshot.runs[$0] } }

  /// The newest scored run on the present model and data: of those that were evaluated as the setup says, else of all.
  package var newestScored: RunSummary? { setupFacts.newestScored.map { snapshot.runs[$0] } }

  private var setupRuns: SetupRuns? {
    guard let model = snapshot.model?.reference, let data = snapshot.data?.reference else { return nil }
    let base = setup.plan(seed: 0, model: model, data: data)?.baseline
    let key = SetupRuns.Key(identity: overview.identity, model: model, data: data, base: base)
    return remembered.setupRuns.value(for: key) { SetupRuns(key, snapshot) }
  }

  /// The settings in which runs differ that look alike in the table.
  package var differences: SettingsDifferences {
    remembered.differences.value(for: overview.identity) { SettingsDifferences(snapshot.runs.lazy.map(\.plan)) }
  }

  /// There are runs on more than one data set, or on another than Setup's: which one a run is from has to be said wherever it is
  /// shown.
  package var hasSeveralDataSets: Bool {
    let names = overview.dataNames
    guard names.count == 1, let data = snapshot.data?.reference else { return names.count > 1 }
    return names[data] == nil
  }

  /// The name of the data set of some runs where they share one; nil where they do not.
  package func commonData(_ runs: [RunSummary]) -> String? {
    guard let first = runs.first, runs.allSatisfy({ $0.plan.data == first.plan.data }) else { return nil }
    return first.plan.data.displayName
  }
}

extension Snapshot {
  /// Nothing that is counted over all runs, or found among them, has changed.
  func hasOnlyGoneOn(since before: Snapshot) -> Bool {
    RunChanges(from: before.runs, to: runs).areProgress(from: before.runs, to: runs)
      && model?.reference == before.model?.reference && model?.fingerprint == before.model?.fingerprint
      && data?.reference == before.data?.reference
  }
}

/// What a state and its copies have worked out already.
package struct RememberedFacts: Sendable {
  struct OrderKey: Equatable, Sendable {
    var serial: UInt64
    var causes: RunOrder.Causes
  }

  struct RowsKey: Equatable, Sendable {
    var order: OrderKey
    var causes: RunRows.Causes
  }

  struct NamesKey: Equatable, Sendable {
    var identity: Int
    var grouping: RunsTable.Grouping
  }

  let names = Remembered<NamesKey, RunGroupNames>()
  let overview = Remembered<UInt64, Overview>()
  let setup = Remembered<SetupFacts.Key, SetupFacts>()
  let setupRuns = Remembered<SetupRuns.Key, SetupRuns>()
  let differences = Remembered<Int, SettingsDifferences>()
  let order = Remembered<OrderKey, RunOrder>()
  let rows = Remembered<RowsKey, RunRows>()
  /// By `RunRows.serial`.
  let groupMembers = Remembered<UInt64, [[RunID]]>()
  let losses = RememberedLosses()
  let texts = RememberedTexts()
  let counts = RememberedCounts()
  let plots = RememberedDrawings<PlotModel, PlotReport> { Plot.draw($0, in: $1, on: &$2, glyphs: $3) }
  let scatters = RememberedDrawings<ScatterModel, ScatterReport> { Scatter.draw($0, in: $1, on: &$2, glyphs: $3) }
  let legends = Remembered<LegendKey, [String]>()
  let barTexts = Remembered<ParameterBars.TextsKey, [String]>()
  let knownOfSets = Remembered<ParameterBars.KnownKey, [[Span]]>()
  let setupTexts = Remembered<Setup, [SetupField: String]>()
  let layerMaps = Remembered<LayerMaps.Key, LayerMaps>()
  let samplePage = Remembered<SamplePage.Key, SamplePage>()
}

/// What follows from the state and costs a pass over all runs, kept for as long as its causes stay the same: panes, keys and
/// their reasons ask for it many times a frame.
///
/// Copies of a state share it, so that a key has to name everything that the value follows from.
package final class Remembered<Key: Equatable & Sendable, Value: Sendable>: Sendable {
  private let last = Mutex<(key: Key, value: Value)?>(nil)

  package init() {}

  package func value(for key: Key, _ make: () -> Value) -> Value { value(for: key) { _ in make() } }

  /// - Parameter make: makes it from nothing, or from what another key gave last, where that helps.
  package func value(for key: Key, _ make: (Value?) -> Value) -> Value {
    let before = last.withLock { $0 }
    if let before, before.key == key { return before.value }
    let value = make(before?.value)
    last.withLock { $0 = (key, value) }
    return value
  }
}

/// Numbers that no two snapshots of the program share.
enum Serial {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
