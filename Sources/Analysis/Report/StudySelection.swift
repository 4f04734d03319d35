import Messages

/// The finished runs that make up one study: one base model, and for each data set one group of settings.
public struct StudySelection: Sendable {
  public typealias Filter = StudyRequest.Filter

  /// In order of id.
  public var runs: [RunSummary]
  /// The newest finished evaluation of the base alone that these runs are seen against, by data set.
  public var bases: [DataReference: RunSummary]
  /// Finished runs that were not taken, with the reason, one line each.
  public var leftOut: [String]

  public init(_ all: [RunSummary], filter: Filter) {
    var leftOut: [String] = []
    func leave(_ runs: [RunSummary], _ reason: String) {
      if !runs.isEmpty { leftOut.append("\(Self.names(runs.map(\.id))): \(reason)") }
    }
    let wanted = all.filter { run in
      run.state == .done && !run.plan.isBaseline && (filter.model == nil || filter.model == run.plan.model)
        && (filter.data.isEmpty || filter.data.contains(run.plan.data.displayName))
        && (filter.seeds.isEmpty || filter.seeds.contains(run.plan.settings.seed))
    }
    // Two folders of the same name, or one whose weights changed, are two bases.
    struct Base: Hashable {
      var model: ModelReference
      var fingerprint: String?
    }
    let byBase = Dictionary(grouping: wanted) { Base(model: $0.plan.model, fingerprint: $0.prepared?.baseFingerprint) }
    let base = Self.largest(byBase)
    for (other, runs) in byBase where other != base {
      leave(runs, "another base model (\(other.model.displayName)); name one with --model")
    }
    var chosen: [RunSummary] = []
    let ofBase = base.flatMap { byBase[$0] } ?? []
    for (_, ofData) in Dictionary(grouping: ofBase, by: { $0.plan.data }) {
      let groups = Dictionary(grouping: ofData, by: { Self.group($0.plan) })
      let best = Self.largest(groups)
      for (other, runs) in groups {
        if other != best {
          leave(runs, "other settings than most runs on \(other.data.displayName)")
          continue
        }
        // Of two runs with the same plan the newer one counts: they are not two seeds.
        var cells: Set<RunPlan> = []
        let ordered = runs.sorted { $0.id > $1.id }
        let newest = ordered.filter { cells.insert($0.plan.deciding).inserted }
        leave(ordered.filter { run in !newest.contains { $0.id == run.id } }, "repeated by a newer run")
        chosen += newest
      }
    }
    bases = [:]
    for run in chosen where bases[run.plan.data] == nil {
      bases[run.plan.data] = all.last { other in
        other.state == .done && other.plan == run.plan.baseline
          && other.prepared?.baseFingerprint == run.prepared?.baseFingerprint
      }
    }
    runs = chosen.sorted { $0.id < $1.id }
    self.leftOut = leftOut.sorted()
  }

  /// Everything but targets and seed; measuring the latency or not changes no score.
  private static func group(_ plan: RunPlan) -> RunPlan {
    var plan = plan.withoutTargets
    plan.settings.measureLatency = true
    return plan
  }

  /// The key with the most runs; of equals the one with the newest run.
  private static func largest<Key: Hashable>(_ groups: [Key: [RunSummary]]) -> Key? {
    groups.max {
      ($0.value.count, $0.value.map(\.id).max() ?? 0) < ($1.value.count, $1.value.map(\.id).max() ?? 0)
    }?.key
  }

  /// `#3 #7`.
  public static func names(_ runs: [RunID]) -> String { runs.sorted().map { "#\($0)" }.joined(separator: " ") }
}
