import Recipe

/// Where a search stands.
public enum SearchStatus: String, Hashable, Codable, Sendable, CaseIterable {
  case running
  /// Left by a kill, a quit or a failure of one of its runs: it goes on when it is asked for.
  case paused
  /// It has its answer; the runs that the answer names come to their end.
  case answered

  public var isOver: Bool { self == .answered }
}

/// A search as the store keeps it and front ends see it.
public struct SearchSummary: Hashable, Sendable {
  public var id: SearchID
  public var request: SearchRequest
  /// What it decides by, beside the results of its runs.
  package var plan: SearchPlan
  public var status: SearchStatus
  /// Why it is paused, one line.
  public var reason: String?
  /// Seconds since 1970.
  public var created: Double
  public var finished: Double?
  /// What was said before its first step.
  public var secondsPromised: Double?
  /// While it was under way, its pauses left out.
  public var secondsUsed: Double
  /// Its last answer; of one that is not over the best so far.
  package var answer: SearchAnswer?
  /// Who is in, who left, at which step, why.
  package var bracket: SearchBracket
  /// The runs of its candidates, by seed.
  package var runs: [SearchEntrant: RunID]
  /// The search on another data set whose first heat it waits for; its own time does not count meanwhile.
  package var waitsFor: SearchID?

  package init(
    id: SearchID, request: SearchRequest, plan: SearchPlan, status: SearchStatus, reason: String? = nil,
    created: Double, finished: Double? = nil, secondsPromised: Double? = nil, secondsUsed: Double = 0,
    answer: SearchAnswer? = nil, bracket: SearchBracket = SearchBracket(), runs: [SearchEntrant: RunID] = [:]
  ) {
    self.id = id
    self.request = request
    self.plan = plan
    self.status = status
    self.reason = reason
    self.created = created
    self.finished = finished
    self.secondsPromised = secondsPromised
    self.secondsUsed = secondsUsed
    self.answer = answer
    self.bracket = bracket
    self.runs = runs
  }
}

/// One run of a search.
package struct SearchEntrant: Hashable, Sendable {
  package var candidate: SearchCandidate
  package var seed: UInt64

  package init(candidate: SearchCandidate, seed: UInt64) {
    self.candidate = candidate
    self.seed = seed
  }

  package init(_ plan: RunPlan) {
    self.init(
      candidate: SearchCandidate(targets: plan.targets, learningRate: plan.settings.learningRate),
      seed: plan.settings.seed)
  }
}

/// How long a search will take, said before it begins.
public struct SearchPromise: Hashable, Sendable {
  /// What is expected; nil where nothing is known of this machine's speed.
  public var seconds: Double?
  /// If all but the leaders leave at once, and if nobody does before the last heat.
  public var least: Double?
  public var most: Double?
  /// All combinations in full, with all seeds at known rates.
  public var exhaustive: Double?
  /// Examples of the tuning split.
  public var tuningExamples: Int
  /// Of a person's own data: held out of so many.
  public var heldOutOf: Int?
  /// Different things that they are about, where those repeat.
  public var tuningGroups: Int?
  /// The base is looked at before the first heat.
  public var looks = false
  /// What that takes of all this, seconds.
  public var look = 0.0
  /// Combinations, those that enter the race at most, and those whose TPOT no finished run has measured.
  public var combinations = 0
  public var entrants = 0
  public var unmeasured = 0
  /// TPOT of these is predicted by the look.
  public var predicts = false
  /// Other data sets whose first heats are known by then, at most.
  public var sharedSets = 0

  public init(
    seconds: Double?, least: Double?, most: Double?, exhaustive: Double?, tuningExamples: Int, heldOutOf: Int?
  ) {
    self.seconds = seconds
    self.least = least
    self.most = most
    self.exhaustive = exhaustive
    self.tuningExamples = tuningExamples
    self.heldOutOf = heldOutOf
  }
}
