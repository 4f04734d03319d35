import Recipe

/// A fact of a search: one candidate with one seed, looked at where a heat stops.
package struct HeatResult: Hashable, Codable, Sendable {
  package var candidate: SearchCandidate
  package var seed: UInt64
  /// Place in the plan's heats, from 0. Confirming runs have the last heat only.
  package var heat: Int
  /// The step that the run stands at.
  package var step: Int
  /// Training loss from the run's first step to here, as `SearchPlan.blockMeans` makes it of the losses by step: the same order of
  /// data for all, hence paired.
  package var losses: [Float]
  /// Scores of the tuning split, 0 to 1, in its own order: paired by example.
  package var outcomes: [Double]
  /// For each example what it is about; nil or absent where it stands for itself.
  package var groups: [String?]
  /// Spent since the candidate's last heat: training and scoring.
  package var seconds: Double
  /// A loss or gradient that is not finite ended the run; `losses` and `outcomes` may be empty then.
  package var diverged: Bool
  /// A person took the run out before it was scored here: that proves nothing.
  package var withdrawn: Bool

  package init(
    candidate: SearchCandidate, seed: UInt64, heat: Int, step: Int, losses: [Float], outcomes: [Double],
    groups: [String?] = [], seconds: Double, diverged: Bool = false, withdrawn: Bool = false
  ) {
    self.candidate = candidate
    self.seed = seed
    self.heat = heat
    self.step = step
    self.losses = losses
    self.outcomes = outcomes
    self.groups = groups
    self.seconds = seconds
    self.diverged = diverged
    self.withdrawn = withdrawn
  }

  /// Mean score in percent; nil where nothing was scored.
  package var score: Double? {
    outcomes.isEmpty ? nil : 100 * outcomes.reduce(0, +) / Double(outcomes.count)
  }

  /// Mean of the last tenth of a whole run's parts: what rankings by loss look at. Nil before a first part is over.
  package var recentLoss: Double? {
    let recent = losses.suffix(SearchPlan.lossBlocks / 10)
    return recent.isEmpty ? nil : recent.reduce(0) { $0 + Double($1) } / Double(recent.count)
  }

  /// Nothing that it holds may decide: it diverged, it was taken out, or a number of it is not finite.
  package var isUnusable: Bool {
    diverged || withdrawn || !losses.allSatisfy(\.isFinite) || !outcomes.allSatisfy(\.isFinite)
  }

  /// Why a candidate leaves whose result cannot be used.
  package var unusableReason: LeaveReason { withdrawn ? .withdrawn : .diverged(step: step) }
}

/// What a search wants done, or has decided.
package enum SearchAction: Hashable, Codable, Sendable {
  /// Train on (or begin) until the step of this heat, score the tuning split, and give the result to `Search.take`.
  case advance(SearchCandidate, seed: UInt64, heat: Int)
  /// The candidate goes no further; `heat` is the last that it reached, -1 if it never started.
  case leave(SearchCandidate, heat: Int, reason: LeaveReason)
  /// Nothing is left to do.
  case answer(SearchAnswer)
}

/// Why a candidate goes no further.
package enum LeaveReason: Hashable, Codable, Sendable {
  /// Its TPOT overhead is over the budget, both in percent.
  case overBudget(overhead: Double, budget: Double, isPredicted: Bool)
  /// Others of as good a probe cost less, or as cheap ones have a better probe.
  case notShortlisted
  /// A loss, a gradient or a score that is not finite.
  case diverged(step: Int)
  /// A person stopped, discarded, cancelled or deleted its run.
  case withdrawn
  /// Another rate of the same combination is ahead. `isProven` says whether by tests of score and loss at the plan's level, or only
  /// by rank.
  case slowerRate(than: Double, isProven: Bool)
  /// Worse than `than` by tests of score and of loss at the plan's level; points behind, and both p-values.
  case worse(than: SearchCandidate, points: Double, scoreP: Double, lossP: Double)
  /// Behind by rank, but not proven worse: places (or time) ran out.
  case noPlace(rank: Int, places: Int)
  case noTime

  /// Whether what left might still be the best: nothing was proven against it.
  package var isOpen: Bool {
    switch self {
    case .overBudget, .diverged, .worse: false
    case .slowerRate(_, let isProven): !isProven
    case .withdrawn, .notShortlisted, .noPlace, .noTime: true
    }
  }
}

/// What a search says at its end, or so far.
package struct SearchAnswer: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// The first is better than every other finalist, by tests over seeds and examples with Holm's correction.
    case winner
    /// Those named are within the margin of the best, by the intervals of their differences; the cheapest first.
    case equals
    /// Neither: `candidates` are those that may be the best, the best first.
    case cannotTell
    /// No candidate can be named: all diverged, or nothing fits the budget, or nothing has been scored yet.
    case none
  }

  package struct Named: Hashable, Codable, Sendable {
    package var candidate: SearchCandidate
    /// Percent on the tuning split, mean of its seeds, with its 95 % interval over seeds and examples.
    package var score: Interval
    package var seeds: Int
    /// TPOT in percent over the base's, where known.
    package var overhead: Interval?
    /// It was predicted when the answer was given; nil where it was measured.
    package var overheadIsPredicted: Bool?
    package var parameters: Int
    /// Points: this minus the best by mean, with the 95 % interval; nil for the best itself.
    package var difference: Interval?
    /// Of the difference, corrected by Holm over the finalists; nil for the best itself.
    package var pValue: Double?

    package init(
      candidate: SearchCandidate, score: Interval, seeds: Int, overhead: Interval?, parameters: Int,
      difference: Interval?, pValue: Double?
    ) {
      self.candidate = candidate
      self.score = score
      self.seeds = seeds
      self.overhead = overhead
      self.parameters = parameters
      self.difference = difference
      self.pValue = pValue
    }
  }

  /// What would tell where this answer cannot.
  package struct Cost: Hashable, Codable, Sendable {
    /// Further seeds of each that may be the best.
    package var seeds: Int
    /// Examples of the tuning split in all, where more seeds alone would not do; nil where those that there are will do.
    package var examples: Int?
    /// About how long that takes, from what this search's runs took.
    package var seconds: Double

    package init(seeds: Int, examples: Int?, seconds: Double) {
      self.seeds = seeds
      self.examples = examples
      self.seconds = seconds
    }
  }

  package var kind: Kind
  package var candidates: [Named]
  /// The one that the search would take, whatever the kind; nil for `none`.
  package var pick: SearchCandidate?
  package var costToTell: Cost?
  /// Combinations that left without proof against them: what the answer does not speak of.
  package var open: [Targets]
  /// The whole answer for a person, in one or two sentences.
  package var sentence: String

  package init(
    kind: Kind, candidates: [Named], pick: SearchCandidate?, costToTell: Cost? = nil, open: [Targets] = [],
    sentence: String
  ) {
    self.kind = kind
    self.candidates = candidates
    self.pick = pick
    self.costToTell = costToTell
    self.open = open
    self.sentence = sentence
  }
}
