import Recipe

/// How a finished run's adapter is to be made smaller.
public struct Pruning: Hashable, Codable, Sendable {
  public enum Way: String, Hashable, Codable, Sendable, CaseIterable {
    /// Layers and modules go.
    case layers
    /// Ranks are lowered by truncation.
    case rank
  }

  /// What the choice is set against, with no more parameters than it has.
  public enum Baseline: String, Hashable, Codable, Sendable, CaseIterable {
    /// The last layers alone are kept.
    case last
    /// Layers drawn by the run's seed are kept.
    case random
  }

  /// The run whose adapter it is.
  public var parent: RunID
  /// Its PEFT folder.
  public var adapter: String
  public var way: Way
  /// The largest loss of score that is put up with, in points (0 to 100).
  public var tolerance: Double
  /// Examples of the tuning split on which candidates are scored.
  public var examples: Int
  /// No candidate is begun after so many minutes; nil for no limit.
  public var minutes: Double?
  public var baselines: [Baseline]
  /// Steps for which what is left is trained on; nil for none.
  public var refit: Int?

  public init(
    parent: RunID, adapter: String = "", way: Way = .layers, tolerance: Double = Self.tolerance,
    examples: Int = Self.examples, minutes: Double? = nil, baselines: [Baseline] = [], refit: Int? = nil
  ) {
    self.refit = refit
    self.parent = parent
    self.adapter = adapter
    self.way = way
    self.tolerance = tolerance
    self.examples = examples
    self.minutes = minutes
    self.baselines = baselines
  }

  /// In points.
  public static let tolerance = 3.0
  public static let examples = 300

  /// Points that may be asked for, and examples.
  package static let tolerances = 0.1...100.0
  package static let exampleCounts = 2...100_000

  /// Whether this asks for the same search on the same scores: the baselines are beside it, and what is trained comes after it.
  package var searched: Pruning {
    var pruning = self
    (pruning.minutes, pruning.baselines, pruning.refit) = (nil, [], nil)
    return pruning
  }
}

/// Whether an adapter scores below another on the same examples, in points (0 to 100).
public struct PairedLoss: Hashable, Codable, Sendable {
  /// First minus second with its 95 % interval: below 0 it is lost.
  public var difference: Interval
  /// No larger loss is to be reckoned with: 97.5 % one-sided. More than the interval's lower end where few examples differ.
  public var bound: Double
  /// Two-sided.
  public var pValue: Double
  public var pIsBound: Bool
  public var test: String
  public var examples: Int
  /// How many things the examples are about; nil where each stands for itself.
  public var groups: Int?

  public init(
    difference: Interval, bound: Double, pValue: Double, pIsBound: Bool, test: String, examples: Int, groups: Int?
  ) {
    self.difference = difference
    self.bound = bound
    self.pValue = pValue
    self.pIsBound = pIsBound
    self.test = test
    self.examples = examples
    self.groups = groups
  }

  package static let level = 0.05

  /// The loss is one by its test.
  public var isSignificant: Bool { pValue < Self.level && difference.estimate < 0 }

  /// Neither a loss by its test, nor one that could be larger than `tolerance` points.
  public func isBorne(within tolerance: Double) -> Bool { !isSignificant && bound <= tolerance }
}

/// What pruning has made of an adapter, and how that was decided.
public struct PrunedAdapter: Hashable, Codable, Sendable {
  /// One smaller adapter.
  public struct Candidate: Hashable, Codable, Sendable {
    /// In what order it drops, and how much: `lowest energy, 12 of 30 layers`.
    public var name: String
    public var parameters: Int
    /// Against the whole adapter.
    public var loss: PairedLoss
    public var isBorne: Bool
    /// TPOT, of what is set against the choice; nil where it was not measured.
    public var latency: LatencySummary?

    public init(name: String, parameters: Int, loss: PairedLoss, isBorne: Bool) {
      self.name = name
      self.parameters = parameters
      self.loss = loss
      self.isBorne = isBorne
    }
  }

  /// What training the part on has come to.
  public struct Refit: Hashable, Codable, Sendable {
    public var steps: Int
    /// Against the part as it was cut, on the evaluation split, or where there is none on the tuning split; nil without scores.
    public var gained: PairedLoss?
    /// Against the whole adapter, on the evaluation split; nil where `PrunedAdapter.confirmed` is.
    public var confirmed: PairedLoss?

    public init(steps: Int, gained: PairedLoss?, confirmed: PairedLoss? = nil) {
      self.steps = steps
      self.gained = gained
      self.confirmed = confirmed
    }
  }

  public var parent: RunID
  public var way: Pruning.Way
  public var tolerance: Double
  /// Where it still has something.
  public var kept: Targets
  /// The smallest and the largest rank that are left.
  public var ranks: ClosedRange<Int>
  public var parameters: Int
  public var parentParameters: Int
  /// Linear layers that it has something in.
  public var places: Int
  public var parentPlaces: Int
  /// The share of ‖s·B·A‖² that is left, 0 to 1.
  public var energy: Double
  /// Scored on the tuning split, in order; the one that was chosen is `chosen`. Empty where nothing was small enough to be tried.
  public var candidates: [Candidate]
  /// Its place in `candidates`; nil where the whole adapter was kept, since nothing could go.
  public var chosen: Int?
  /// The time was up before the search had come to its end.
  public var isCut: Bool
  /// On the evaluation split, which nothing was chosen on; nil where the parent or this has no scores there, or it is the split chosen on.
  public var confirmed: PairedLoss?
  /// What was asked for to be set against it, with its loss on the split of `confirmed`, or where that is nil on the tuning split.
  public var baselines: [Candidate] = []
  /// TPOT of the whole adapter in the rounds in which the part's and the baselines' were measured; nil without baselines.
  public var whole: LatencySummary?
  /// Nil where nothing was trained. What stands above is of the part as it was cut; the run's own score and TPOT are of what was trained.
  public var refit: Refit?

  public init(
    parent: RunID, way: Pruning.Way, tolerance: Double, kept: Targets, ranks: ClosedRange<Int>, parameters: Int,
    parentParameters: Int, places: Int, parentPlaces: Int, energy: Double, candidates: [Candidate], chosen: Int?,
    isCut: Bool
  ) {
    self.parent = parent
    self.way = way
    self.tolerance = tolerance
    self.kept = kept
    self.ranks = ranks
    self.parameters = parameters
    self.parentParameters = parentParameters
    self.places = places
    self.parentPlaces = parentPlaces
    self.energy = energy
    self.candidates = candidates
    self.chosen = chosen
    self.isCut = isCut
  }
}

extension RunPlan {
  /// Something is trained.
  public var trains: Bool { !isBaseline && pruning == nil }
}

extension RunSummary {
  /// Where its adapter has something: of a pruned one only where something was kept.
  public var adaptedTargets: Targets { pruned?.kept ?? plan.targets }

  /// `o_proj@3-11 of #4`, of a run that trained its targets' own label; and whether the adapter acts on prompts alone.
  public var adaptedLabel: String {
    let label = plan.pruning.map { "\(adaptedTargets.label) of #\($0.parent)" } ?? adaptedTargets.label
    return label + (plan.settings.promptOnly ? " (prompt-only)" : "")
  }
}
