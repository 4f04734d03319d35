import Messages
import Recipe
import Terminal

/// The engine's summaries of combinations as points on one axis: one for each set of modules (and settings).
package struct ScatterPoints: Sendable {
  package struct Point: Sendable, Equatable {
    package var targets: Targets
    package var runs: [RunID]
    /// Mean score, percent.
    package var accuracy: Double
    package var accuracyHalfWidth: Double
    package var x: Double
    /// Percent over the base's TPOT; nil where no latency was measured.
    package var overhead: Interval?
    /// Stopped early.
    package var isPartial: Bool
    /// Measured on a busy machine only.
    package var isBusy: Bool
    package var place: CombinationSummary.Place

    package var label: String { targets.hexDigit.map(String.init) ?? "~" }
  }

  /// In the order of x. All of them were evaluated alike.
  package private(set) var points: [Point] = []
  /// The unadapted base: percent, when a run of the present model and data has no targets and a score.
  package private(set) var base: Double?
  /// Of the newest of these runs that was measured on a quiet machine.
  package private(set) var baseP50: Double?
  /// The split on which these points were evaluated; nil is the evaluation split.
  package private(set) var split: RunSettings.EvaluationSplit?

  /// What the points follow from: they are placed anew when one of these changes.
  package struct Causes: Equatable, Sendable {
    private var snapshot: UInt64
    private var answer: UInt64
    private var setup: Setup
    private var axis: CombinationSummary.Axis

    init(_ state: DashboardState) {
      snapshot = state.serial
      answer = state.combinationsSerial
      setup = state.setup
      axis = state.scatter.x
    }
  }

  private(set) var causes: Causes?

  package init() {}

  package init(_ state: DashboardState) {
    causes = Causes(state)
    let axis = state.scatter.x
    base = state.baseRun?.score.map { $0.score.estimate * 100 }
    split = state.combinations.key?.evaluation.settings.evaluationSplit
    let summaries = state.combinations.value ?? []
    points = summaries.compactMap { summary in
      guard let score = summary.score, score.estimate.isFinite, let cost = summary.costs[axis] else { return nil }
      return Point(
        targets: summary.targets, runs: summary.runs, accuracy: score.estimate * 100,
        accuracyHalfWidth: score.halfWidth * 100, x: axis == .parameters ? cost.value / 1000 : cost.value,
        overhead: summary.costs[.overhead]?.interval, isPartial: summary.isPartial,
        isBusy: summary.isBusy, place: cost.place)
    }.sorted { a, b in
      a.x != b.x ? a.x < b.x : a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.runs[0] < b.runs[0]
    }
    let runs = summaries.flatMap(\.runs).compactMap { state.snapshot.run($0) }
    baseP50 =
      runs.filter { $0.quietLatency != nil }.max { ($0.finished ?? 0) < ($1.finished ?? 0) }?.latency?.baseP50
  }
}

extension DashboardState {
  /// Why scored runs are no points yet; nil where they are, or there are none.
  package var whyNotSummedUp: String? {
    guard combinations.value == nil, setupFacts.newestScored != nil else { return nil }
    // The answer takes computing, which waits for the measurement.
    return snapshot.engine.isMeasuring ? "runs are summed up when TPOT is measured" : "summing up the runs"
  }
}
