/// What a front end may ask the engine to do.
public enum Command: Sendable {
  /// Makes this model (and data) the current setup: it is loaded so that its modules can be shown.
  case selectModel(ModelReference)
  case selectData(DataReference)
  /// The same for data that is read, written out or scored as these settings say; they become the setup's.
  case selectDataUnder(DataReference, RunSettings)
  case queue(RunPlan)
  case sweep(SweepPlan)
  case pause(RunID)
  case resume(RunID)
  /// Ends a run early: keeps its checkpoint as a partial result, or discards it.
  case stop(RunID, keepPartialResult: Bool)
  /// Takes a waiting run out of the queue.
  case cancel(RunID)
  /// Moves records and their files to the trash folder, where they stay for 7 days.
  case delete([RunID])
  /// Moves a waiting run in the queue.
  /// Brings deleted runs back from the trash folder, with their numbers.
  case undelete([RunID])
  /// Copies a run's adapter out as a PEFT folder; changes nothing in the store.
  case export(RunID, path: String, replace: Bool)
  case move(RunID, earlier: Bool)
  case repeatWithNextSeed(RunID)
  case pauseQueue(Bool)
  /// How many runs train at once from now on; those under way keep the threads that they have.
  case setJobs(Int)
  /// Stores which curve slot (0 to 7) a run's colour and marker are, nil when unmarked.
  case setSeriesSlot(RunID, Int?)
  /// Goes on with everything that a kill or a quit left unfinished.
  case resumeUnfinished
  /// Ends the engine. `.save` checkpoints at the next step and keeps the queue.
  case shutdown(Shutdown)

  public enum Shutdown: Sendable { case save, finishCurrentRun, discard }
}

/// The engine's answer to a command.
public enum CommandOutcome: Hashable, Sendable {
  case accepted(runs: [RunID])
  /// One line: what, where, and what to do.
  case refused(String)
  /// Something is there already and would be overwritten: one line. The same command with `replace` does it.
  case wouldReplace(String)
}

/// Many runs under one set of hyper-parameters.
public struct SweepPlan: Hashable, Codable, Sendable {
  public var model: ModelReference
  public var data: [DataReference]
  public var combinations: [TargetSet]
  public var seeds: [UInt64]
  public var settings: RunSettings
  /// Finished runs with the same plan count as done.
  public var reuseFinished: Bool
  /// Fewest adapter parameters first; otherwise the given order.
  public var cheapestFirst: Bool

  public init(
    model: ModelReference, data: [DataReference], combinations: [TargetSet], seeds: [UInt64], settings: RunSettings,
    reuseFinished: Bool = true, cheapestFirst: Bool = true
  ) {
    self.model = model
    self.data = data
    self.combinations = combinations
    self.seeds = seeds
    self.settings = settings
    self.reuseFinished = reuseFinished
    self.cheapestFirst = cheapestFirst
  }
}
