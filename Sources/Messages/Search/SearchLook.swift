import Recipe

/// The look at a base before a search's first heat: gradients that say which combinations could learn fast, and the groups' TPOT, from
/// which that of combinations is predicted. What it finds comes into the plan's priors and is kept there, so that a search that a kill
/// has left decides the same again.
package struct SearchLook: Hashable, Codable, Sendable {
  /// It has been taken, or could not be; `notes` say so then.
  package var isOver = false
  package var batches: Int
  package var measuresLatency: Bool
  /// That it took.
  package var seconds: Double?
  /// What a person should know of it, a line each.
  package var notes: [String] = []

  package init(batches: Int, measuresLatency: Bool) {
    self.batches = batches
    self.measuresLatency = measuresLatency
  }
}

extension SearchSummary {
  /// What is waited for before the first heat, in words; nil where nothing is.
  package func lookWords(_ engine: EngineStatus) -> String? {
    guard plan.awaitsLook, status == .running else { return nil }
    if let other = waitsFor { return "waits for the first heat of search \(other), which orders its shortlist" }
    if let probe = engine.probe, probe.search == id { return "before the race: \(probe.words)" }
    return "waits for the machine, to look at the base before the race"
  }
}

extension SearchPlan {
  /// ` for a fleet of 8`; empty where the TPOT is one sequence's.
  package var fleetWords: String { fleet.map { " for a fleet of \($0)" } ?? "" }

  /// `TPOT %`, as a column is called.
  package var overheadTitle: String { fleet.map { "TPOT % at N = \($0)" } ?? "TPOT %" }
}

extension SearchPrior {
  /// `TPOT +5.4 %`, with `predicted` before it where it was not measured; nil where nothing is known.
  package var overheadWords: String? {
    overhead.map { SearchPrior.words($0.estimate, isPredicted: overheadIsPredicted == true) }
  }

  package static func words(_ percent: Double, isPredicted: Bool) -> String {
    (isPredicted ? "predicted TPOT " : "TPOT ") + String(format: "%+.1f %%", percent)
  }
}
