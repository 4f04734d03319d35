/// A run's evaluation: generation on the evaluation split with the task's own metric.
public struct ScoreSummary: Hashable, Codable, Sendable {
  public var metric: String
  /// Mean over examples, 0 to 1, with a bootstrap interval over examples.
  public var score: Interval
  public var examples: Int
  /// Share of outputs that the strict parser did not accept, 0 to 1.
  public var parseFailureRate: Double
  /// Mean of the lenient score, 0 to 1.
  public var lenient: Double
  public var meanOutputTokens: Double

  public init(
    metric: String, score: Interval, examples: Int, parseFailureRate: Double, lenient: Double,
    meanOutputTokens: Double
  ) {
    self.metric = metric
    self.score = score
    self.examples = examples
    self.parseFailureRate = parseFailureRate
    self.lenient = lenient
    self.meanOutputTokens = meanOutputTokens
  }
}

/// TPOT of unmerged decoding at batch 1, measured interleaved with the base.
public struct LatencySummary: Hashable, Codable, Sendable {
  /// Milliseconds per output token.
  public var p50: Double
  public var p95: Double
  public var baseP50: Double
  public var baseP95: Double
  /// (TPOT ÷ the base's TPOT − 1) × 100, from paired blocks.
  public var overheadPercent: Interval
  public var blocks: Int
  /// What this program had of the cores meanwhile, 0 to 1; nil in what earlier versions stored.
  public var coreShare: Double?

  /// It was measured while other programs had the cores: the times are longer by an unknown amount, however narrow the interval.
  public var isBusy: Bool { CoreUse.isBusy(coreShare) }

  public init(
    p50: Double, p95: Double, baseP50: Double, baseP95: Double, overheadPercent: Interval, blocks: Int,
    coreShare: Double? = nil
  ) {
    self.p50 = p50
    self.p95 = p95
    self.baseP50 = baseP50
    self.baseP95 = baseP95
    self.overheadPercent = overheadPercent
    self.blocks = blocks
    self.coreShare = coreShare
  }
}

/// One evaluated example, as it is stored and shown.
public struct ExampleOutcome: Hashable, Codable, Sendable {
  public var index: Int
  public var prompt: String
  public var expected: String
  public var output: String
  /// 0 to 1.
  public var score: Double
  public var parsed: Bool
  public var lenient: Double
  public var outputTokens: Int

  public init(
    index: Int, prompt: String, expected: String, output: String, score: Double, parsed: Bool, lenient: Double,
    outputTokens: Int
  ) {
    self.index = index
    self.prompt = prompt
    self.expected = expected
    self.output = output
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    self.outputTokens = outputTokens
  }
}

/// One optimiser step.
public struct StepSample: Hashable, Codable, Sendable {
  /// 1-based.
  public var step: Int
  /// Mean negative log-likelihood over the loss-carrying tokens of the step's batch, nats.
  public var loss: Float
  /// Global norm before clipping.
  public var gradientNorm: Float
  public var learningRate: Float
  public var tokens: Int
  public var seconds: Double

  public init(step: Int, loss: Float, gradientNorm: Float, learningRate: Float, tokens: Int, seconds: Double) {
    self.step = step
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.tokens = tokens
    self.seconds = seconds
  }
}

/// One evaluated example's score without its texts; a digest tells whether two runs answered the same one.
public struct ExampleScoreRecord: Hashable, Sendable {
  public var index: Int
  /// Of prompt and expected answer.
  public var digest: UInt64
  /// 0 to 1.
  public var score: Double
  public var parsed: Bool
  public var lenient: Double

  public init(index: Int, prompt: String, expected: String, score: Double, parsed: Bool, lenient: Double) {
    self.index = index
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    digest = Self.digest(prompt, expected)
  }

  public init(_ outcome: ExampleOutcome) {
    self.init(
      index: outcome.index, prompt: outcome.prompt, expected: outcome.expected, score: outcome.score,
      parsed: outcome.parsed, lenient: outcome.lenient)
  }

  /// FNV-1a over 64 bits. Together with the index a chance match of two different examples need not be feared.
  private static func digest(_ prompt: String, _ expected: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ text: String) {
      var text = text
      text.withUTF8 { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
      hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
    add(prompt)
    add(expected)
    return hash
  }
}

/// An estimate with its 95 % interval.
public struct Interval: Hashable, Codable, Sendable {
  public var estimate: Double
  public var low: Double
  public var high: Double

  public init(estimate: Double, low: Double, high: Double) {
    self.estimate = estimate
    self.low = low
    self.high = high
  }

  /// The larger of the two distances from the estimate.
  public var halfWidth: Double { max(high - estimate, estimate - low) }
}

/// What of the cores a measurement had, and below which share it says more about other programs than about what was measured.
public enum CoreUse {
  /// A latency that was measured with less than this share of the cores' time was measured on a busy machine.
  ///
  /// Decoding's threads spin while they wait for each other, so that alone they have all of the cores but what the kernel
  /// takes, a few hundredths. They meet after every product: one core that another program shares holds all of them up, and
  /// times grow by far more than the share that is missing. Another program that computes takes at least half of one core,
  /// which is more than this leaves on up to seven cores.
  public static let quietShare = 0.93

  /// - Parameter share: processor time over wall time × threads, 0 to 1; nil, not known, is not called busy.
  public static func isBusy(_ share: Double?) -> Bool { share.map { $0 < quietShare } ?? false }

  /// Percent of the cores that other programs had.
  public static func takenPercent(_ share: Double) -> Int { Int((100 * (1 - share)).rounded()) }

  /// One line where other programs took enough of the cores to spoil the times; nil on a quiet machine.
  public static func disturbance(_ share: Double) -> String? {
    guard isBusy(share) else { return nil }
    return "other programs took \(takenPercent(share)) % of the cores while TPOT was measured, so it may be off; "
      + "measure again on a quiet machine"
  }
}

/// Where a run's wall time went, seconds; time in which it was paused is not counted.
public struct PhaseSeconds: Hashable, Codable, Sendable {
  /// Reading the base and tokenising.
  public var preparing = 0.0
  public var training = 0.0
  public var evaluating = 0.0
  /// Measuring TPOT; everything else waits meanwhile.
  public var measuring = 0.0

  public init() {}
}
