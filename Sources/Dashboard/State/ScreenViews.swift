import Messages

/// What the Compare screen shows: the marked runs, and the engine's answer about the finished ones.
package struct CompareView: Sendable {
  package struct Request: Hashable, Sendable {
    package var runs: [RunID]
    package var baseline: RunID
    /// A comparison is asked for again when one of its runs gets new results.
    package var finished: [Double]
  }

  package var baseline: RunID?
  package var requested: Request?
  package var comparison: Comparison?
  /// Why there is no comparison; one line of the engine's.
  package var refusal: String?
  package var showsAllSettings = false
  package var sample = 0
  package var selected: RunID?
  /// First line of the settings and first output column, where not all fit.
  package var settingsTop = 0
  package var firstColumn = 0

  package init() {}
}

/// What the Run screen shows.
package struct RunView: Sendable {
  package var run: RunID?
  /// The run and state that `examples` were asked for.
  package var requested: RunID?
  package var requestedState: RunState?
  package var examples: [ExampleOutcome] = []
  package var sample = 0
  package var refusal: String?

  package init() {}
}

/// What the Sweep screen shows: which combinations and how.
package struct SweepView: Sendable, Equatable {
  package enum Preset: String, CaseIterable, Sendable {
    case all, article, custom

    package var title: String {
      switch self {
      case .all: "all 15"
      case .article: "article 9"
      case .custom: "custom"
      }
    }
  }

  package enum Sort: String, CaseIterable, Sendable { case parameters, digit }

  package enum Field: String, CaseIterable, Sendable {
    case preset, seeds, order, reuse, evaluation

    package var label: String {
      switch self {
      case .preset: "preset"
      case .seeds: "seeds"
      case .order: "order"
      case .reuse: "reuse"
      case .evaluation: "eval"
      }
    }
  }

  package var included: Set<TargetSet> = Set(TargetSet.fifteen)
  package var sort = Sort.parameters
  package var selected: TargetSet = TargetSet.fifteen[1]
  package var reuseFinished = true
  package var cheapestFirst = true
  package var field = Field.preset

  package init() {}

  package var preset: Preset {
    if included == Set(TargetSet.fifteen) { return .all }
    if included == Set(TargetSet.articleNine) { return .article }
    return .custom
  }
}

/// What the Log screen shows.
package struct LogView: Sendable {
  package var lines: [Notice] = []
  package var requested: Double?
  package var follows = true
  package var wraps = false
  package var least = Notice.Level.info
  package var filter = ""
  package var selected = 0

  package init() {}

  package var shown: [Notice] {
    lines.filter { $0.level >= least && (filter.isEmpty || $0.text.lowercased().contains(filter.lowercased())) }
  }
}

/// What the engine said about a plan.
package struct EstimateView: Sendable {
  package var requested: SweepPlan?
  /// The number of finished runs when it was asked for: each finished run makes the times better.
  package var finishedRuns = -1
  package var estimate: SweepEstimate?

  package init() {}

  package func item(_ targets: TargetSet) -> SweepEstimate.Item? { estimate?.items.first { $0.targets == targets } }
}
