import Recipe

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
  /// Every combination that was trained on this run's model and data and evaluated as it was: one for each group of settings, over
  /// all of its seeds.
  case combinations(like: RunID)
  /// What lies in a folder; nil is where the last choice was made, or the home folder. `~` is understood.
  case browse(FolderListing.Purpose, folder: String?)
  /// Reads a data set as a run would, and shows its first examples.
  case examplesOfData(DataPreview.Request)
  /// Sums up a plan before it is queued: runs to do, estimated seconds each.
  case estimate(SweepPlan)
  /// What the finished runs, or the published study, say about which modules to adapt.
  case advice(StudyRequest)
  /// The article's figures.
  case published
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
  case advice(Advice)
  case published(PublishedFigures)
  case listing(FolderListing)
  case examplesOfData(DataPreview)
  case refused(Refusal)
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
