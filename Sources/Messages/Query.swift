/// Questions that are answered from the store, or by a computation on it.
public enum Query: Sendable {
  case run(RunID)
  case examples(RunID)
  /// Two to eight finished runs side by side; the differences are to `baseline`.
  case compare([RunID], baseline: RunID)
  case latencyBlocks(RunID)
  /// Log lines, newest last.
  case log(limit: Int)
  /// Deleted runs that can still be brought back, newest deletion last.
  case trash
  /// Every combination that was finished on this run's model and data under its settings, whatever the seed.
  case combinations(like: RunID)
  /// What lies in a folder; nil is where the last choice was made, or the home folder. `~` is understood.
  case browse(FolderListing.Purpose, folder: String?)
  /// Reads a data set as a run would, and shows its first examples.
  case examplesOfData(DataExamples.Request)
  /// Sums up a plan before it is queued: runs to do, estimated seconds each.
  case estimate(SweepPlan)
}

public enum Reply: Sendable {
  case run(RunSummary)
  case examples([ExampleOutcome])
  case comparison(Comparison)
  case latencyBlocks([LatencyBlock])
  case log([Notice])
  case trash([DeletedRun])
  case combinations([CombinationSummary])
  case estimate(SweepEstimate)
  case listing(FolderListing)
  case examplesOfData(DataExamples)
  /// One line: what, where, and what to do.
  case refused(String)
}

public struct LatencyBlock: Hashable, Codable, Sendable {
  public var block: Int
  public var isBase: Bool
  public var millisecondsPerToken: [Double]

  public init(block: Int, isBase: Bool, millisecondsPerToken: [Double]) {
    self.block = block
    self.isBase = isBase
    self.millisecondsPerToken = millisecondsPerToken
  }
}

public struct SweepEstimate: Hashable, Codable, Sendable {
  public struct Item: Hashable, Codable, Sendable {
    public var targets: TargetSet
    public var parameters: Int
    /// Runs of this combination that are finished already, of those that the plan asks for.
    public var have: Int
    public var wanted: Int
    /// Estimated seconds for one run; nil until a run of this model has been timed here.
    public var secondsPerRun: Double?

    public init(targets: TargetSet, parameters: Int, have: Int, wanted: Int, secondsPerRun: Double?) {
      self.targets = targets
      self.parameters = parameters
      self.have = have
      self.wanted = wanted
      self.secondsPerRun = secondsPerRun
    }
  }

  public var items: [Item]
  public var runsToDo: Int
  public var secondsTotal: Double?
  /// Number of finished runs that the times come from.
  public var basedOnRuns: Int

  public init(items: [Item], runsToDo: Int, secondsTotal: Double?, basedOnRuns: Int) {
    self.items = items
    self.runsToDo = runsToDo
    self.secondsTotal = secondsTotal
    self.basedOnRuns = basedOnRuns
  }
}
