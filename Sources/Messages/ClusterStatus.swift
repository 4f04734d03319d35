/// What can be asked of a study that a cluster trains, as a whole.
public enum ClusterOrder: String, Hashable, Codable, Sendable, CaseIterable {
  /// Nothing more begins; tasks at work keep their checkpoints and give their nodes back.
  case hold
  /// What was held goes on.
  case release
  /// Ends all tasks; their checkpoints stay.
  case cancel
  /// Submits again what is over and lacks runs.
  case resubmit
}

/// A study on a cluster as its tasks and the scheduler see it.
public struct ClusterStatus: Hashable, Sendable {
  /// One of its tasks.
  public struct Task: Hashable, Sendable {
    public var number: Int
    /// In the scheduler's words where it knows the task, else in the task's own.
    public var state: String
    public var runs: Int

    public init(number: Int, state: String, runs: Int) {
      (self.number, self.state, self.runs) = (number, state, runs)
    }
  }

  /// How all of it goes, one line.
  public var summary: String
  /// Runs that have come as far as they were to, of all.
  public var done: Int
  public var runs: Int
  /// Of a search: the heat's place among its arrays, from 1.
  public var round: Int?
  public var tasks: [Task]
  /// Tasks that run or wait, those of them that are held, and those that could be submitted again.
  public var open: Int
  public var held: Int
  public var missing: Int
  /// Why no order can be given from here; nil where it can.
  public var whyNoOrders: String?

  public init(
    summary: String, done: Int, runs: Int, round: Int? = nil, tasks: [Task] = [], open: Int = 0, held: Int = 0,
    missing: Int = 0, whyNoOrders: String? = nil
  ) {
    (self.summary, self.done, self.runs, self.round, self.tasks) = (summary, done, runs, round, tasks)
    (self.open, self.held, self.missing, self.whyNoOrders) = (open, held, missing, whyNoOrders)
  }
}
