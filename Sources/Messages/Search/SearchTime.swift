import Recipe

/// What a search's time came to, beside what was promised for it.
extension SearchSummary {
  /// Seconds of the search, its pauses left out, and of the runs that it names until the last of them had ended; nil while any goes on.
  ///
  /// After its answer nothing counts pauses: what lies between the answer and the last end is at most what these runs computed.
  package func secondsTaken(_ named: [RunSummary]) -> Double? {
    guard status.isOver, named.allSatisfy(\.state.isTerminal) else { return nil }
    guard let finished, let last = named.compactMap(\.finished).max(), last > finished else { return secondsUsed }
    let computed = named.compactMap(\.phases).reduce(0) {
      $0 + $1.preparing + $1.training + $1.evaluating + $1.measuring
    }
    return secondsUsed + min(last - finished, computed)
  }

  /// Whether both were under way at one time.
  package func overlaps(_ other: SearchSummary) -> Bool {
    created < (other.finished ?? .infinity) && other.created < (finished ?? .infinity)
  }

  /// Those of its own runs that its answer names.
  package func ownNamed(_ runs: [RunSummary]) -> [RunSummary] {
    guard let answer else { return [] }
    return runs.filter { $0.search == id && names(SearchEntrant($0.plan).candidate, in: answer) }
  }

  /// Whether the runs of a candidate are what the answer stands on.
  package func names(_ candidate: SearchCandidate, in answer: SearchAnswer) -> Bool {
    if request.purpose == .rates { return answer.pick == candidate }
    return answer.pick == candidate || answer.candidates.contains { $0.candidate == candidate }
  }
}

/// A promise and its outcome. Searches that were begun together share the machine: each is under way for as long as all take, so that
/// promises are added up and of times the longest counts.
package struct SearchOutcome: Hashable, Sendable {
  package var promised: Double
  package var taken: Double

  /// Nil where a promise or an end is missing.
  package init?(_ searches: [(promised: Double?, taken: Double?)]) {
    var (sum, longest) = (0.0, 0.0)
    for search in searches {
      guard let promised = search.promised, let taken = search.taken else { return nil }
      sum += promised
      longest = max(longest, taken)
    }
    guard !searches.isEmpty else { return nil }
    (promised, taken) = (sum, longest)
  }

  /// `promised about 12 min, took 14 min`
  package func words(_ duration: (Double) -> String) -> String {
    "promised about \(duration(promised)), took \(duration(taken))"
  }
}
