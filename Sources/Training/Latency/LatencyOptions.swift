/// How the time per output token is measured.
public struct LatencyOptions: Sendable, Codable, Equatable {
  /// Tokens in the cache before the first measured one.
  public var promptLength: Int
  /// Measured tokens of a block.
  public var tokensPerBlock: Int
  /// Rounds (base, a, b, …, b, a, base) that are always measured, if the time allows.
  public var minimumRounds: Int
  public var maximumRounds: Int
  /// Seconds after which no new round begins.
  public var timeCap: Double
  /// Rounds go on until the overhead of every adapter has an interval this narrow to either side, in percentage points.
  public var targetHalfWidth: Double
  /// Decides the prompt and the bootstrap.
  public var seed: UInt64

  public init(
    promptLength: Int = 64, tokensPerBlock: Int = 32, minimumRounds: Int = 8, maximumRounds: Int = 2000,
    timeCap: Double = 60, targetHalfWidth: Double = 1, seed: UInt64 = 0
  ) {
    self.promptLength = promptLength
    self.tokensPerBlock = tokensPerBlock
    self.minimumRounds = minimumRounds
    self.maximumRounds = maximumRounds
    self.timeCap = timeCap
    self.targetHalfWidth = targetHalfWidth
    self.seed = seed
  }

  /// Throws `TrainingError.invalidOption` for what cannot be measured on a model of `maxPositions`.
  public func validate(maxPositions: Int) throws {
    func require(_ holds: Bool, _ name: String, _ value: String, _ expected: String) throws {
      guard holds else { throw TrainingError.invalidOption(name: name, value: value, expected: expected) }
    }
    let positions = 1...(1 << 24)
    try require(
      positions.contains(promptLength), "prompt-length", "\(promptLength)", "a whole number \(positions.words)")
    try require(positions.contains(tokensPerBlock), "tokens", "\(tokensPerBlock)", "a whole number \(positions.words)")
    try require(
      promptLength + Latency.warmupTokens + tokensPerBlock <= maxPositions, "prompt-length",
      "\(promptLength) with \(tokensPerBlock) tokens after it",
      "at most \(maxPositions - Latency.warmupTokens) together, the positions of the model")
    try require(minimumRounds >= 1, "rounds", "\(minimumRounds)", "a whole number from 1 up")
    try require(maximumRounds >= minimumRounds, "rounds", "\(maximumRounds)", "at least \(minimumRounds)")
    try require(timeCap > 0, "time cap", "\(timeCap)", "a number of seconds above 0")
    try require(targetHalfWidth >= 0, "half-width", "\(targetHalfWidth)", "a number of percentage points from 0 up")
  }
}
