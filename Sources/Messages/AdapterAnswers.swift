import Recipe

/// One prompt to the adapters of finished runs on one base, which answer it in one batch.
public struct AdapterQuestion: Hashable, Sendable {
  /// In the order of the answers, each once.
  public var runs: [RunID]
  /// Written out for each run as its own examples are: in its chat template, where it has one.
  public var prompt: String
  public var maxNewTokens: Int
  /// 0 takes the likeliest token.
  public var temperature: Double
  /// Only the k likeliest tokens; 0 for all.
  public var topK: Int
  /// Only the likeliest tokens that together reach this probability; 1 for all.
  public var topP: Double
  /// Of sampling. All answers draw the same numbers, which are those that each draws alone.
  public var seed: UInt64

  public init(
    runs: [RunID], prompt: String, maxNewTokens: Int = Self.newTokens, temperature: Double = 0, topK: Int = 0,
    topP: Double = 1, seed: UInt64 = 0
  ) {
    self.runs = runs
    self.prompt = prompt
    self.maxNewTokens = maxNewTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.seed = seed
  }

  public static let newTokens = 128
  /// A step streams the weights for so many sequences at most; with more it would multiply, and its bits would be others.
  package static let mostRuns = 16
}

/// What the adapters have answered so far, or to the end.
public struct AdapterAnswers: Hashable, Sendable {
  public struct Answer: Hashable, Sendable {
    public var run: RunID
    /// `o_proj+fc2`, as the run's adapter is called.
    public var label: String
    /// New tokens without the one that ended it.
    public var tokens: [Int32]
    public var text: String
    /// Tokens a second from the first new token on; nil where there are fewer than two.
    public var tokensPerSecond: Double?
    public var isOver: Bool

    public init(run: RunID, label: String, tokens: [Int32], text: String, tokensPerSecond: Double?, isOver: Bool) {
      self.run = run
      self.label = label
      self.tokens = tokens
      self.text = text
      self.tokensPerSecond = tokensPerSecond
      self.isOver = isOver
    }
  }

  public var question: AdapterQuestion
  /// In the order of the question's runs.
  public var answers: [Answer]
  /// Of all answers together, from the first new token on; nil where there are too few.
  public var tokensPerSecond: Double?
  /// Ended before its end.
  public var wasStopped: Bool

  public init(question: AdapterQuestion, answers: [Answer], tokensPerSecond: Double?, wasStopped: Bool = false) {
    self.question = question
    self.answers = answers
    self.tokensPerSecond = tokensPerSecond
    self.wasStopped = wasStopped
  }
}
