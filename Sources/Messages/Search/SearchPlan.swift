import Recipe

/// One thing that a search may try: a combination at a learning rate.
package struct SearchCandidate: Hashable, Codable, Sendable, Comparable, CustomStringConvertible {
  package var targets: Targets
  package var learningRate: Double

  package init(targets: Targets, learningRate: Double) {
    self.targets = targets
    self.learningRate = learningRate
  }

  /// The order of lists: combinations by their hex digit, then the rate.
  package static func < (left: SearchCandidate, right: SearchCandidate) -> Bool {
    if left.targets == right.targets { return left.learningRate < right.learningRate }
    return Targets.precedes(left.targets, right.targets)
  }

  package var description: String { "\(targets.label) at \(learningRate)" }
}

/// What is known of a combination before anything of it is trained.
package struct SearchPrior: Hashable, Codable, Sendable {
  package var targets: Targets
  /// Trained numbers of its adapter; orders by price where no overhead is known.
  package var parameters: Int
  /// TPOT over the base's in percent, predicted or measured; nil where it is not known.
  package var overhead: Interval?
  /// The overhead was added up from what the groups cost, and not measured of this combination; nil where it was.
  package var overheadIsPredicted: Bool?
  /// The probe's gradient energy ‖∂L/∂B‖² at step 1 with its spread; nil where it was not probed.
  package var energy: Interval?
  /// How it did in the first heats of other data sets, −1 to 1, which orders the shortlist and nothing else; nil where nothing is shared.
  package var standing: Double?
  /// Rates of its own in place of the plan's, where a study has found them.
  package var rates: [Double]?

  package init(
    targets: Targets, parameters: Int, overhead: Interval? = nil, energy: Interval? = nil, rates: [Double]? = nil
  ) {
    self.targets = targets
    self.parameters = parameters
    self.overhead = overhead
    self.energy = energy
    self.rates = rates
  }
}

/// What a search was asked for. Everything that it decides by is in here and in its results, so that a stored plan with the
/// stored results gives the same decisions again.
package struct SearchPlan: Hashable, Codable, Sendable {
  /// The combinations that the answer may name, each with what is known of it; in any order.
  package var combinations: [SearchPrior]
  /// Learning rates that race each other in the first heat, for each combination without rates of its own.
  package var rates: [Double]
  /// Learning rates that single module groups have whatever races; nil where there are none.
  package var groupRates: ByGroup<Double>?
  /// Shares of a run's steps at which the race stops to look, rising; the last is 1.
  package var heats: [Double]
  /// Combinations that enter the first heat, at most: the baselines and the best of probe and predicted TPOT.
  package var shortlist: Int
  package static let usualShortlist = 6
  /// Candidates (a combination at a rate) that go on to each heat after the first at most, though nothing is proven
  /// against those that leave; one number a later heat. Nil: by proof alone, and by `secondsBudget`.
  package var places: [Int]?
  /// Examples of the tuning split that are scored at each heat.
  package var tuningExamples: Int
  /// Kinds of question among them where questions about the same thing repeat (group keys); nil: every example is its own.
  package var tuningGroups: Int?
  /// The seed of the race.
  package var seed: UInt64
  /// Further seeds for the leaders, one after another until the answer can be told.
  package var confirmSeeds: [UInt64]
  /// Combinations that are trained with further seeds, at most.
  package var finalists: Int
  /// Most that decoding may cost, percent over the base's TPOT; nil: whatever it costs.
  package var latencyBudget: Double?
  /// The batch, of so many sequences with an adapter each, whose TPOT the overheads are of; nil for one sequence's.
  package var fleet: Int?
  /// Seconds that the search may take as its results count them; nil: as long as it takes.
  package var secondsBudget: Double?
  /// A candidate leaves early as proven worse where paired tests say so below this level, of score (Holm over the heat) and of
  /// loss each. Under 0.05, since there are several heats.
  package var leaveLevel: Double
  /// Points within which two combinations count as equal.
  package var margin: Double
  /// The look at the base before the first heat; nil for a plan without one.
  package var look: SearchLook?
  /// Whose first heats order the shortlist besides; nil where there are none, or none were asked for.
  package var sharing: SearchSharing?

  package init(
    combinations: [SearchPrior], rates: [Double], tuningExamples: Int, seed: UInt64 = 0,
    confirmSeeds: [UInt64] = [1, 2]
  ) {
    self.combinations = combinations
    self.rates = rates
    self.tuningExamples = tuningExamples
    self.seed = seed
    self.confirmSeeds = confirmSeeds
    // Chosen on generated tables (Tests/AnalysisTests/GeneratedStudy): mean shortfall 0.6 points at 13 % of the time with two
    // confirming seeds. A first heat at 10 or 20 % of the steps took a wrong rate half as often again.
    heats = [0.3, 0.6, 1]
    shortlist = Self.usualShortlist
    places = [4, 2]
    finalists = 2
    leaveLevel = 0.02
    margin = 3
  }

  /// The parts of a run whose mean losses are compared: 2.5 % of its steps each.
  package static let lossBlocks = 40

  /// Mean loss of each of `lossBlocks` equal parts of a run that are wholly over.
  ///
  /// - Parameters:
  ///   - losses: by step, from the run's first.
  ///   - steps: of the whole run. A part without a step of its own (fewer than 40 steps) is left out.
  package static func blockMeans(_ losses: [Float], steps: Int) -> [Float] {
    guard steps > 0 else { return [] }
    var means: [Float] = []
    for block in 0..<lossBlocks {
      let first = block * steps / lossBlocks
      let end = (block + 1) * steps / lossBlocks
      guard end > first else { continue }
      guard end <= losses.count else { break }
      means.append(losses[first..<end].reduce(0, +) / Float(end - first))
    }
    return means
  }

  /// What its priors lack is yet to be looked for: nothing is decided before.
  package var awaitsLook: Bool { look?.isOver == false }

  package func prior(of targets: Targets) -> SearchPrior? { combinations.first { $0.targets == targets } }

  /// The rates at which a combination races, ascending, each once.
  package func rates(of targets: Targets) -> [Double] { Set(prior(of: targets)?.rates ?? rates).sorted() }
}
