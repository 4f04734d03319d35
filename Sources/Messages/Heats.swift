import Recipe

/// How a run stood when its race stopped to look: a heat.
public struct HeatSummary: Hashable, Codable, Sendable {
  /// Counted from 1.
  public var heat: Int
  public var heats: Int
  public var step: Int
  public var totalSteps: Int
  /// The mean training loss of the last steps before it, nats.
  public var loss: Double
  /// On the tuning split, 0 to 1.
  public var score: Interval
  /// Scored examples.
  public var examples: Int
  /// Of training and scoring since the run's start: the run's share of the machine, where several go at once.
  public var seconds: Double
  /// Of it, what this heat's scoring took; nil in what earlier versions stored.
  public var scoringSeconds: Double?

  /// Steps over which the loss is taken: single batches differ by more than candidates do.
  public static let lossSteps = 8

  public init(
    heat: Int, heats: Int, step: Int, totalSteps: Int, loss: Double, score: Interval, examples: Int, seconds: Double,
    scoringSeconds: Double? = nil
  ) {
    self.heat = heat
    self.heats = heats
    self.step = step
    self.totalSteps = totalSteps
    self.loss = loss
    self.score = score
    self.examples = examples
    self.seconds = seconds
    self.scoringSeconds = scoringSeconds
  }

  /// Earlier versions gave scores that were all alike an interval of no width.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let examples = try values.decode(Int.self, forKey: .examples)
    try self.init(
      heat: values.decode(Int.self, forKey: .heat), heats: values.decode(Int.self, forKey: .heats),
      step: values.decode(Int.self, forKey: .step), totalSteps: values.decode(Int.self, forKey: .totalSteps),
      loss: values.decode(Double.self, forKey: .loss),
      score: values.decode(Interval.self, forKey: .score).opened(by: examples), examples: examples,
      seconds: values.decode(Double.self, forKey: .seconds),
      scoringSeconds: values.decodeIfPresent(Double.self, forKey: .scoringSeconds))
  }

  /// `heat 1 of 3, step 90 of 300`.
  public var place: String { "heat \(heat) of \(heats), step \(step) of \(totalSteps)" }
}

/// What a heat's test pairs by: each example's score on the tuning split.
public struct HeatScores: Hashable, Codable, Sendable {
  public var heat: Int
  public var step: Int
  /// 0 to 1, in the split's order.
  public var scores: [Double]
  /// What each example is about, nil where that is not known: examples about the same thing are no independent evidence.
  public var groups: [String?]

  public init(heat: Int, step: Int, scores: [Double], groups: [String?]) {
    self.heat = heat
    self.step = step
    self.scores = scores
    self.groups = groups
  }
}

extension RunSummary {
  /// Every one of these heats has its scores.
  package func wasScored(at order: HeatOrder) -> Bool {
    heats?.count == order.shares.count && totalSteps > 0
      && heats?.allSatisfy { $0.step == order.step($0.heat, of: totalSteps) && $0.scoringSeconds != nil } == true
  }

  /// It has its scores at these heats, or can still come to them: nothing is trained past one that it was not scored at.
  package func canBeScored(at order: HeatOrder) -> Bool {
    guard state != .done, totalSteps > 0 else { return state != .done || wasScored(at: order) }
    // A start goes on from the last checkpoint, and scores there what is due at its step.
    let from = state.isActive ? step : lastCheckpointStep ?? 0
    return order.shares.indices.allSatisfy { place in
      let due = order.step(place + 1, of: totalSteps)
      return due >= from || heats?.contains { $0.heat == place + 1 && $0.step == due } == true
    }
  }

  /// A loss or a gradient that is not finite has ended it.
  package var hasDiverged: Bool { state == .failed && reason?.contains(" diverged: ") == true }
}

/// Where the runs of a race stop to be scored, and where one of them waits for what is decided.
public struct HeatOrder: Hashable, Codable, Sendable {
  /// Shares of a run's steps, rising; the last is 1.
  public var shares: [Double]
  /// Examples of the tuning split that are scored at each.
  public var examples: Int
  /// The heat, from 1, after which the run gives the machine back; nil goes on to the end.
  public var waitsAfter: Int?

  public init(shares: [Double], examples: Int, waitsAfter: Int?) {
    self.shares = shares
    self.examples = examples
    self.waitsAfter = waitsAfter
  }

  /// The step after which a heat (from 1) is scored: at least one more than at the heat before, as far as there are steps.
  public func step(_ heat: Int, of totalSteps: Int) -> Int {
    guard heat < shares.count else { return totalSteps }
    let wished = Int((shares[heat - 1] * Double(totalSteps)).rounded())
    return min(totalSteps, max(heat, wished))
  }
}
