import Recipe

/// Many runs: every combination on every data set with every seed, under one set of hyper-parameters for each data set, or under one
/// budget of adapter parameters.
public struct SweepPlan: Hashable, Codable, Sendable {
  /// One data set with the settings of its runs; the plan's seeds take the place of theirs.
  public struct Part: Hashable, Codable, Sendable {
    public var data: DataReference
    public var settings: RunSettings

    public init(data: DataReference, settings: RunSettings) {
      self.data = data
      self.settings = settings
    }
  }

  public var model: ModelReference
  public var parts: [Part]
  public var combinations: [Targets]
  public var seeds: [UInt64]
  /// Parameter-matched: each combination gets the rank at which it trains about so many parameters; nil keeps the settings' rank.
  public var parameterBudget: Int?
  /// Finished runs with the same plan count as done.
  public var reuseFinished: Bool
  /// Fewest adapter parameters first; otherwise the given order.
  public var cheapestFirst: Bool

  public static let mostSeeds = 10_000

  public init(
    model: ModelReference, parts: [Part], combinations: [Targets], seeds: [UInt64], parameterBudget: Int? = nil,
    reuseFinished: Bool = true, cheapestFirst: Bool = true
  ) {
    self.model = model
    self.parts = parts
    self.combinations = combinations
    self.seeds = seeds
    self.parameterBudget = parameterBudget
    self.reuseFinished = reuseFinished
    self.cheapestFirst = cheapestFirst
  }

  /// The same settings for all data sets.
  public init(
    model: ModelReference, data: [DataReference], combinations: [Targets], seeds: [UInt64], settings: RunSettings,
    parameterBudget: Int? = nil, reuseFinished: Bool = true, cheapestFirst: Bool = true
  ) {
    self.init(
      model: model, parts: data.map { Part(data: $0, settings: settings) }, combinations: combinations, seeds: seeds,
      parameterBudget: parameterBudget, reuseFinished: reuseFinished, cheapestFirst: cheapestFirst)
  }

  /// A part's settings for one combination: with the rank of the budget where there is one.
  public func settings(_ part: Part, _ targets: Targets, in model: ModelSummary) -> RunSettings {
    parameterBudget.map { part.settings.matched(to: $0, targets, in: model) } ?? part.settings
  }
}

extension RunSettings {
  /// The same with the rank at which these targets train about `budget` parameters. Alpha over rank stays what it is.
  public func matched(to budget: Int, _ targets: Targets, in model: ModelSummary) -> RunSettings {
    var own = self
    own.parameterBudget = budget
    own.rank = model.rank(targets, parameters: budget, useDoRA: useDoRA)
    own.alpha = alpha.map { $0 * Double(own.rank) / Double(max(1, rank)) }
    return own
  }
}
