import Recipe

/// The article's scores and latencies, for screens that show them beside measured ones.
public struct PublishedFigures: Hashable, Sendable {
  public struct Dataset: Hashable, Sendable {
    public var name: String
    /// What `--data` calls its stand-in.
    public var taskName: String
    /// Percent.
    public var base: Double?
    public var scores: [Targets: Double]

    public init(name: String, taskName: String, base: Double?, scores: [Targets: Double]) {
      self.name = name
      self.taskName = taskName
      self.base = base
      self.scores = scores
    }
  }

  public var baseModel: String
  public var datasets: [Dataset]
  /// TPOT p95 in milliseconds on the article's machine, of two combinations only.
  public var latencyP95: [Targets: Double]

  public init(baseModel: String, datasets: [Dataset], latencyP95: [Targets: Double]) {
    self.baseModel = baseModel
    self.datasets = datasets
    self.latencyP95 = latencyP95
  }
}
