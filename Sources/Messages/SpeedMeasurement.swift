import Recipe

/// How fast this machine goes through one kind of runs: real steps and real answers, of one run alone and of several at once.
public struct SpeedMeasurement: Hashable, Codable, Sendable {
  /// What was measured. Times hold for the same key only.
  public struct Key: Hashable, Codable, Sendable {
    /// Processor, instruction set.
    public var machine: String
    public var baseFingerprint: String
    /// Threads of all runs together.
    public var threads: Int
    public var data: DataReference
    /// Without what changes no time.
    public var settings: RunSettings

    /// - Parameter settings: of any run of this kind, whatever its seed and length.
    public init(
      machine: String, baseFingerprint: String, threads: Int, data: DataReference, settings: RunSettings
    ) {
      self.machine = machine
      self.baseFingerprint = baseFingerprint
      self.threads = threads
      self.data = data
      self.settings = settings.timing
    }
  }

  /// So many runs at once with these targets, each with its share of the threads.
  public struct Way: Hashable, Codable, Sendable {
    public var jobs: Int
    public var targets: Targets
    /// Of each run.
    public var secondsPerStep: Double
    /// Evaluation, of each run.
    public var secondsPerExample: Double

    public init(jobs: Int, targets: Targets, secondsPerStep: Double, secondsPerExample: Double) {
      self.jobs = jobs
      self.targets = targets
      self.secondsPerStep = secondsPerStep
      self.secondsPerExample = secondsPerExample
    }
  }

  public var key: Key
  public var ways: [Way]
  /// Mean of the measured steps.
  public var tokensPerStep: Double
  /// Mean of a training example.
  public var tokensPerExample: Double
  /// Examples of a file that is taken whole.
  public var trainingExamples: Int
  public var evaluationExamples: Int
  /// Reading and tokenising.
  public var preparingSeconds: Double
  /// The base's own evaluation, which writes answers of other lengths, with all threads.
  public var baseSecondsPerExample: Double
  /// One latency measurement: the same for every data set.
  public var latencySeconds: Double
  /// Seconds since 1970.
  public var time: Double

  public init(
    key: Key, ways: [Way], tokensPerStep: Double, tokensPerExample: Double, trainingExamples: Int,
    evaluationExamples: Int, preparingSeconds: Double, baseSecondsPerExample: Double, latencySeconds: Double,
    time: Double
  ) {
    self.key = key
    self.ways = ways
    self.tokensPerStep = tokensPerStep
    self.tokensPerExample = tokensPerExample
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
    self.preparingSeconds = preparingSeconds
    self.baseSecondsPerExample = baseSecondsPerExample
    self.latencySeconds = latencySeconds
    self.time = time
  }
}
