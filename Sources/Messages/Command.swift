import Recipe

/// What a front end may ask the engine to do.
public enum Command: Hashable, Sendable {
  /// Makes this model (and data) the current setup: it is loaded so that its modules can be shown.
  case selectModel(ModelReference)
  case selectData(DataReference)
  /// The same for data that is read, written out or scored as these settings say; they become the setup's.
  case selectDataUnder(DataReference, RunSettings)
  case queue(RunPlan)
  /// Queues an evaluation of the base itself, where no run that needs it brings it along.
  case evaluateBase(RunPlan)
  /// Queues a run of a study that was checked as a whole where it was planned, or lets it go on where it is there. With heats it is scored
  /// at them and waits after the last that is asked for; who planned the study decides what comes then.
  case runOfStudy(RunPlan, heats: HeatOrder?)
  case sweep(SweepPlan)
  /// Begins searches, one for each data set; their runs are queued as they are wanted.
  case search([SearchRequest])
  /// Ends a search with the best answer so far.
  case endSearch(SearchID)
  case pause(RunID)
  case resume(RunID)
  /// Ends a run early: keeps its checkpoint as a partial result, or discards it.
  case stop(RunID, keepPartialResult: Bool)
  /// Takes a waiting run out of the queue.
  case cancel(RunID)
  /// Moves records and their files to the trash folder, where they stay for 7 days.
  case delete([RunID])
  /// Brings deleted runs back from the trash folder, with their numbers.
  case undelete([RunID])
  /// Copies a run's adapter out as a PEFT folder; changes nothing in the store.
  case export(RunID, path: String, replace: Bool)
  /// The same with A and B in BF16.
  case exportBF16(RunID, path: String, replace: Bool)
  /// Moves a waiting run in the queue.
  case move(RunID, earlier: Bool)
  case repeatWithNextSeed(RunID)
  case pauseQueue(Bool)
  /// How many runs train at once from now on; those under way keep the threads that they have. Nil takes what is faster, by
  /// measuring it for each kind of run.
  case setJobs(Int?)
  /// Measures how fast the runs of a plan go here, where that is not known or is asked for again; refused while runs compute.
  case measureSpeed(SweepPlan, again: Bool)
  /// Measures the latency of finished runs again, one after the other, as soon as nothing trains; a better measurement takes the
  /// place of the stored one.
  case measureLatency([RunID])
  /// Makes a finished run's adapter smaller: a run of its own beside it. The folder in it is filled in.
  case prune(Pruning, measureLatency: Bool)
  /// Takes runs out of those that are measured again; what is stored stays.
  case keepLatency([RunID])
  /// Keeps latencies of fleets that a verb has measured.
  case keepFleets([FleetMeasurement])
  /// Measures and keeps what batches of so many sequences cost, each sequence with an adapter like the finished run's own; refused while
  /// anything computes. `EngineStatus.fleet` says how far it has come.
  case measureFleet(RunID, sequences: [Int])
  /// Ends the measurement of a fleet under way; nothing of it is kept.
  case stopFleet
  /// Ends the probe that `Query.probe` has begun.
  case stopProbe
  /// Ends the answers that `Query.answers` has begun.
  case stopAnswers
  /// Writes the report of a study into a folder; changes nothing in the store.
  case exportReport(StudyRequest, path: String, replace: Bool)
  /// Writes a recommendation as a tool's configuration; changes nothing in the store.
  case exportConfiguration(ConfigurationTool, Recommendation.Kind, StudyRequest, path: String, replace: Bool)
  /// Stores which curve slot (0 to 7) a run's colour and marker are, nil when unmarked.
  case setSeriesSlot(RunID, Int?)
  /// Changes what is written on runs: all of them or, where it is refused, none.
  case label([RunID], RunLabelChange)
  /// Goes on with everything that a kill or a quit left unfinished.
  case resumeUnfinished
  /// Pauses a replay, or makes it go faster or slower; refused where nothing is replayed.
  case replay(ReplayControl)
  /// Is about the study that a cluster trains and whose folder is watched; refused where there is none.
  case cluster(ClusterOrder)
  /// Ends the engine. `.save` checkpoints at the next step and keeps the queue.
  case shutdown(Shutdown)

  public enum Shutdown: Hashable, Sendable { case save, finishCurrentRun, discard }

  /// Changes runs, the queue or what is stored of them: an engine that only reads refuses it.
  package var changesStore: Bool {
    switch self {
    case .selectModel, .selectData, .selectDataUnder, .export, .exportBF16, .exportReport, .exportConfiguration,
      .stopProbe, .stopFleet, .stopAnswers, .replay, .cluster, .shutdown:
      false
    case .queue, .evaluateBase, .runOfStudy, .sweep, .search, .endSearch, .pause, .resume, .stop, .cancel, .delete,
      .undelete, .move,
      .repeatWithNextSeed, .pauseQueue,
      .setJobs, .measureSpeed, .measureLatency, .prune, .keepLatency, .keepFleets, .measureFleet, .setSeriesSlot,
      .label, .resumeUnfinished:
      true
    }
  }

  /// The same command, but what is there already is replaced; nil for one that replaces nothing.
  package var replacing: Command? {
    switch self {
    case .export(let run, let path, _): .export(run, path: path, replace: true)
    case .exportBF16(let run, let path, _): .exportBF16(run, path: path, replace: true)
    case .exportReport(let study, let path, _): .exportReport(study, path: path, replace: true)
    case .exportConfiguration(let tool, let kind, let study, let path, _):
      .exportConfiguration(tool, kind, study, path: path, replace: true)
    case .selectModel, .selectData, .selectDataUnder, .queue, .evaluateBase, .runOfStudy, .sweep, .search, .endSearch,
      .pause,
      .resume, .stop,
      .cancel, .delete,
      .undelete, .move, .repeatWithNextSeed, .pauseQueue, .setJobs, .measureSpeed, .measureLatency, .prune,
      .keepLatency, .keepFleets, .measureFleet, .stopFleet, .setSeriesSlot, .label, .resumeUnfinished, .stopProbe,
      .stopAnswers, .replay, .cluster, .shutdown:
      nil
    }
  }
}

/// The engine's answer to a command.
public enum CommandOutcome: Hashable, Sendable {
  case accepted(runs: [RunID])
  case refused(Refusal)
  /// Something is there already and would be overwritten: one line. The same command with `replace` does it.
  case wouldReplace(String)
}

/// Questions that are answered from the store, or by a computation on it.
public enum Query: Sendable {
  case run(RunID)
  case examples(RunID)
  /// The pictures of an example that a run evaluated, made small.
  case pictures(SamplePictureRequest)
  /// Two to eight finished runs side by side; the differences are to `baseline`.
  case compare([RunID], baseline: RunID)
  case latencyBlocks(RunID)
  /// What a run of a race was scored at each heat.
  case heats(RunID)
  /// Log lines, newest last.
  case log(limit: Int)
  /// Deleted runs that can still be brought back, newest deletion last.
  case trash
  /// Every combination that was trained on this run's model and data and evaluated as it was: one for each group of settings, over
  /// all of its seeds.
  case combinations(like: RunID)
  /// What groups of runs say together, over their seeds: one summary for each, in order.
  case runGroups([[RunID]])
  /// What lies in a folder; nil is where the last choice was made, or the home folder. `~` is understood.
  case browse(FolderListing.Purpose, folder: String?)
  /// Reads a data set as a run would, and shows its first examples.
  case examplesOfData(DataPreview.Request)
  /// Looks at a base before it is trained; refused while runs compute. `EngineStatus.probe` says how far it has come.
  case probe(ProbeRequest)
  /// Puts a prompt to the adapters of finished runs, in one batch; refused while runs compute. `EngineStatus.answers` says what they have
  /// written so far.
  case answers(AdapterQuestion)
  /// Sums up a plan before it is queued: runs to do, estimated seconds each.
  case estimate(SweepPlan)
  /// The runs of a plan that are not finished here, in its order; an evaluation of the base that is missing comes after the first run
  /// that it belongs to.
  case runsToDo(SweepPlan)
  /// What searches come to, one after the other.
  case promise([SearchRequest])
  /// What searches would be decided by, as far as it is known before their look at the base.
  case searchPlans([SearchRequest])
  /// What the finished runs, or the published study, say about which modules to adapt.
  case advice(StudyRequest)
  /// The article's figures.
  case published
  /// What was measured of fleets, oldest first, on whatever machine.
  case fleets
  /// Whether a Python has what `--engine peft` needs; refused with what it lacks. Takes as long as its packages take to load.
  case peft(PEFTRequest)
}

public enum Reply: Sendable {
  case run(RunSummary)
  case examples([ExampleOutcome])
  case pictures([SamplePicture])
  case comparison(Comparison)
  case latencyBlocks([LatencyBlock])
  case heats([HeatScores])
  case log([Notice])
  case trash([DeletedRun])
  case combinations([CombinationSummary])
  case runGroups([RunGroupSummary])
  case estimate(SweepEstimate)
  case runsToDo([PlannedRun])
  case promise(SearchPromise)
  case searchPlans([SearchPreparation])
  case advice(Advice)
  case published(PublishedFigures)
  case fleets([FleetMeasurement])
  case peft(PEFTFacts)
  case listing(FolderListing)
  case examplesOfData(DataPreview)
  case probe(ProbeResult)
  case answers(AdapterAnswers)
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
