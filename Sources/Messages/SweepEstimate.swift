import Recipe

/// What a plan comes to before it is started. All times are estimates.
public struct SweepEstimate: Hashable, Codable, Sendable {
  /// One combination on one data set, all seeds.
  public struct Item: Hashable, Codable, Sendable {
    public var data: DataReference
    public var targets: Targets
    /// The budget's rank in a parameter-matched plan, else the settings'.
    public var rank: Int
    public var parameters: Int
    /// Runs that are finished already, of those that the plan asks for.
    public var have: Int
    public var wanted: Int
    /// What one run adds to the study's time, seconds: its share of the machine, and its latency measurement. Nil where nothing
    /// is known yet.
    public var secondsPerRun: Double?

    public init(
      data: DataReference, targets: Targets, rank: Int, parameters: Int, have: Int, wanted: Int,
      secondsPerRun: Double?
    ) {
      self.data = data
      self.targets = targets
      self.rank = rank
      self.parameters = parameters
      self.have = have
      self.wanted = wanted
      self.secondsPerRun = secondsPerRun
    }
  }

  /// How the runs of a data set would go: several at once or one after the other.
  public struct Way: Hashable, Codable, Sendable {
    public var data: DataReference
    /// Runs at once.
    public var jobs: Int
    /// Training tokens a second, all runs together, one after another with all threads; nil where it was not measured.
    public var tokensPerSecondInTurn: Double?
    /// The same with the largest number of runs at once that was measured, and that number.
    public var tokensPerSecondAtOnce: Double?
    public var atOnce: Int?

    public init(
      data: DataReference, jobs: Int, tokensPerSecondInTurn: Double?, tokensPerSecondAtOnce: Double?, atOnce: Int?
    ) {
      self.data = data
      self.jobs = jobs
      self.tokensPerSecondInTurn = tokensPerSecondInTurn
      self.tokensPerSecondAtOnce = tokensPerSecondAtOnce
      self.atOnce = atOnce
    }
  }

  public var items: [Item]
  public var ways: [Way]
  public var runsToDo: Int
  /// Runs that an earlier start has begun or queued and not finished: they go on.
  public var runsBegun: Int
  /// Nil unless every run can be estimated.
  public var secondsTotal: Double?
  /// Number of finished runs that the times come from.
  public var basedOnRuns: Int
  /// Data sets of which neither runs nor measurements exist here.
  public var unmeasured: [DataReference]

  public init(
    items: [Item], ways: [Way] = [], runsToDo: Int, runsBegun: Int = 0, secondsTotal: Double?, basedOnRuns: Int,
    unmeasured: [DataReference] = []
  ) {
    self.items = items
    self.ways = ways
    self.runsToDo = runsToDo
    self.runsBegun = runsBegun
    self.secondsTotal = secondsTotal
    self.basedOnRuns = basedOnRuns
    self.unmeasured = unmeasured
  }
}
