import Recipe

/// What the engine reports. Events are never dropped on the lossless lane; each carries its run and sequence number.
public struct Event: Hashable, Codable, Sendable {
  public var sequence: UInt64
  /// Seconds since 1970.
  public var time: Double
  public var run: RunID?
  public var content: Content

  public init(sequence: UInt64, time: Double, run: RunID?, content: Content) {
    self.sequence = sequence
    self.time = time
    self.run = run
    self.content = content
  }

  public enum Content: Hashable, Codable, Sendable {
    case stateChanged(RunState, reason: String?)
    case prepared(PreparedRun)
    case step(StepSample)
    /// The loss on held-out examples after a step.
    case heldOutLoss(HeldOutLoss)
    /// The change that the adapter makes by now, by module and layer.
    case energy(AdapterEnergy)
    /// A checkpoint of this step is on disk.
    case checkpoint(step: Int)
    /// The run went on from this step: later steps that were stored before are replaced.
    case rewound(toStep: Int)
    case evaluationProgress(done: Int, total: Int, runningScore: Double)
    case examples([ExampleOutcome])
    case evaluated(ScoreSummary)
    /// What of an adapter was kept is decided, or set against more.
    case pruned(PrunedAdapter)
    /// The run was scored on the tuning split at a heat of its race: by example, with what each example is about where that is known.
    case heat(HeatSummary, scores: [Double], groups: [String?])
    case latencyProgress(done: Int, total: Int)
    /// TPOT of one block, milliseconds per token; `isBase` for the base's blocks.
    case latencyBlock(block: Int, isBase: Bool, millisecondsPerToken: [Double])
    case latencyMeasured(LatencySummary)
    case adapterWritten(path: String)
    case resources(peakMemoryBytes: Int, tokensPerSecond: Double, wallSeconds: Double)
    /// Where the run's time went so far.
    case phases(PhaseSeconds)
    case notice(Notice)
  }
}

/// What is known once the model is loaded and the data tokenised, before the first step.
public struct PreparedRun: Hashable, Codable, Sendable {
  public var totalSteps: Int
  public var trainableParameters: Int
  public var baseParameters: Int
  /// Resolved module paths such as `model.layers.0.self_attn.o_proj`.
  public var modules: [String]
  public var trainingExamples: Int
  public var truncatedExamples: Int
  public var droppedExamples: Int
  public var evaluationExamples: Int
  /// What held-out losses are taken on during training; nil where none are taken.
  public var heldOut: HeldOutExamples?
  /// Hash of the base's weights and configuration.
  public var baseFingerprint: String
  public var instructionSet: String
  public var threads: Int
  /// The machine's processor and threads, as speeds that were measured name it; nil in what earlier versions stored.
  public var machine: String?

  public init(
    totalSteps: Int, trainableParameters: Int, baseParameters: Int, modules: [String], trainingExamples: Int,
    truncatedExamples: Int, droppedExamples: Int, evaluationExamples: Int, baseFingerprint: String,
    instructionSet: String, threads: Int, machine: String? = nil, heldOut: HeldOutExamples? = nil
  ) {
    self.heldOut = heldOut
    self.totalSteps = totalSteps
    self.trainableParameters = trainableParameters
    self.baseParameters = baseParameters
    self.modules = modules
    self.trainingExamples = trainingExamples
    self.truncatedExamples = truncatedExamples
    self.droppedExamples = droppedExamples
    self.evaluationExamples = evaluationExamples
    self.baseFingerprint = baseFingerprint
    self.instructionSet = instructionSet
    self.threads = threads
    self.machine = machine
  }
}

/// One line for a person: the status row, the Log screen and the log file.
public struct Notice: Hashable, Codable, Sendable {
  public enum Level: String, Codable, Sendable, CaseIterable, Comparable {
    case info, good, warning, error

    public static func < (a: Level, b: Level) -> Bool {
      (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
  }

  public var level: Level
  public var text: String
  /// Seconds since 1970.
  public var time: Double

  public init(level: Level, text: String, time: Double) {
    self.level = level
    self.text = text
    self.time = time
  }
}
