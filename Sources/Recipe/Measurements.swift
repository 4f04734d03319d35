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

  /// Cut off where no mean of shares, 0 to `whole`, can be; `samples` that go further themselves leave it as it is.
  package func within(_ samples: [Double], whole: Double = 1) -> Interval {
    guard samples.allSatisfy({ $0 >= 0 && $0 <= whole }) else { return self }
    return Interval(estimate: estimate, low: max(0, low), high: min(whole, high))
  }
}

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
  /// Tokens that were generated for an example.
  public var meanOutputTokens: Double
  /// Answers that were ended once their score was settled, and would have gone on; nil in what earlier versions stored, which ended none.
  public var cutAnswers: Int?
  /// Of the base without an adapter: what it scores where it need not know the answers' form. Nil in what earlier versions stored.
  public var formatFree: FormatFreeScores?
  /// Examples without an answer, since the model's logits were not finite; scored as wrong. Nil where there are none.
  public var failedAnswers: Int?
  /// What the examples are about, and over what the interval was taken; nil where each stands for itself.
  public var groups: ExampleGroups?

  public init(
    metric: String, score: Interval, examples: Int, parseFailureRate: Double, lenient: Double,
    meanOutputTokens: Double, cutAnswers: Int? = nil, failedAnswers: Int? = nil, formatFree: FormatFreeScores? = nil,
    groups: ExampleGroups? = nil
  ) {
    self.formatFree = formatFree
    self.metric = metric
    self.score = score
    self.examples = examples
    self.parseFailureRate = parseFailureRate
    self.lenient = lenient
    self.meanOutputTokens = meanOutputTokens
    self.cutAnswers = cutAnswers == 0 ? nil : cutAnswers
    self.failedAnswers = failedAnswers == 0 ? nil : failedAnswers
    self.groups = groups
  }

  /// Earlier versions gave scores that were all alike an interval of no width.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      metric: values.decode(String.self, forKey: .metric), score: values.decode(Interval.self, forKey: .score),
      examples: values.decode(Int.self, forKey: .examples),
      parseFailureRate: values.decode(Double.self, forKey: .parseFailureRate),
      lenient: values.decode(Double.self, forKey: .lenient),
      meanOutputTokens: values.decode(Double.self, forKey: .meanOutputTokens),
      cutAnswers: values.decodeIfPresent(Int.self, forKey: .cutAnswers),
      failedAnswers: values.decodeIfPresent(Int.self, forKey: .failedAnswers),
      formatFree: values.decodeIfPresent(FormatFreeScores.self, forKey: .formatFree),
      groups: values.decodeIfPresent(ExampleGroups.self, forKey: .groups))
    score = score.opened(by: groups?.count ?? examples)
    formatFree?.open(groups: groups)
  }
}

/// How many different things a set of examples asks about: `36 conditions`.
public struct ExampleGroups: Hashable, Codable, Sendable {
  public var count: Int
  /// In the plural.
  public var noun: String

  public init(count: Int, noun: String) {
    self.count = count
    self.noun = noun
  }

  /// ` over 36 conditions`, to follow what was counted.
  public static func words(_ groups: ExampleGroups?) -> String {
    groups.map { " over \($0.count) \($0.noun)" } ?? ""
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
  /// Processor and instruction set that it was measured on; nil in what earlier versions stored, which is what the run was prepared on.
  public var machine: String?
  /// The host that it was measured on, where that is not this one: it came with an imported run.
  public var host: String?

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
  /// What stands for the output of an example whose logits are not finite, behind what there was of an answer before.
  public static let notFinite = "[no answer: the model's logits are not finite]"

  public var index: Int
  public var prompt: String
  public var expected: String
  public var output: String
  /// 0 to 1.
  public var score: Double
  public var parsed: Bool
  public var lenient: Double
  /// Tokens that were generated.
  public var outputTokens: Int
  /// Whether it was ended once its score was settled; it would have gone on.
  public var isCut: Bool
  /// What it is about; nil for what is known of nothing but itself.
  public var group: String?

  public init(
    index: Int, prompt: String, expected: String, output: String, score: Double, parsed: Bool, lenient: Double,
    outputTokens: Int, isCut: Bool = false, group: String? = nil
  ) {
    self.index = index
    self.prompt = prompt
    self.expected = expected
    self.output = output
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    self.outputTokens = outputTokens
    self.isCut = isCut
    self.group = group
  }

  /// What earlier versions wrote has neither ``isCut`` nor ``group``.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      index: values.decode(Int.self, forKey: .index), prompt: values.decode(String.self, forKey: .prompt),
      expected: values.decode(String.self, forKey: .expected), output: values.decode(String.self, forKey: .output),
      score: values.decode(Double.self, forKey: .score), parsed: values.decode(Bool.self, forKey: .parsed),
      lenient: values.decode(Double.self, forKey: .lenient),
      outputTokens: values.decode(Int.self, forKey: .outputTokens),
      isCut: values.decodeIfPresent(Bool.self, forKey: .isCut) ?? false,
      group: values.decodeIfPresent(String.self, forKey: .group))
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
  /// Bytes that were resident, as of the last look at them; nil where nobody looked, and in what earlier versions stored.
  public var memoryBytes: Int?

  public init(
    step: Int, loss: Float, gradientNorm: Float, learningRate: Float, tokens: Int, seconds: Double,
    memoryBytes: Int? = nil
  ) {
    self.step = step
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.learningRate = learningRate
    self.tokens = tokens
    self.seconds = seconds
    self.memoryBytes = memoryBytes
  }
}
