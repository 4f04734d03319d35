import Foundation
import Kernels
import Recipe
import Transformer

/// How the time per output token is measured.
public struct LatencyOptions: Sendable, Codable, Equatable {
  /// Tokens in the cache before the first measured one.
  public var promptLength: Int
  /// Measured tokens of a block.
  public var tokensPerBlock: Int
  /// Rounds (base, a, b, …, b, a, base) that are always measured, if the time allows.
  public var minimumRounds: Int
  public var maximumRounds: Int
  /// Seconds after which no new round begins, once there are three (or `minimumRounds`, where fewer).
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

/// Time per output token (TPOT) of greedy decoding at batch 1 with a KV cache and unmerged adapters, base and adapters
/// interleaved, since machines drift. Nothing else should compute meanwhile.
public enum Latency {
  /// Tokens decoded before the first measured one of a block, so that the caches hold this variant's weights.
  package static let warmupTokens = 2
  /// The interval is computed anew after so many rounds: resampling takes about as long as a few blocks.
  static let roundsBetweenChecks = 4

  /// True where the time is over: not before there are three rounds (or `minimumRounds`, where fewer), since the interval over one round
  /// has no width and would say of the least known figure that it is exact.
  static func isOver(_ options: LatencyOptions, rounds: Int, seconds: Double) -> Bool {
    rounds >= min(3, options.minimumRounds) && seconds > options.timeCap
  }

  /// - Parameters:
  ///   - adapters: may be empty; the base is always measured.
  ///   - progress: called after each round; false ends the measurement with what there is.
  /// - Returns: nil if not even one round was finished.
  /// - Throws: `TrainingError.invalidOption`, or Transformer's `DecoderError`.
  public static func measure(
    base: BaseModel, adapters: [(name: String, adapter: LoRAAdapter)], options: LatencyOptions = LatencyOptions(),
    team: WorkerTeam, progress: (LatencyProgress) -> Bool = { _ in true }
  ) throws -> LatencyResult? {
    try options.validate(maxPositions: base.configuration.maxPositions)
    let configuration = base.configuration
    let length = options.promptLength + warmupTokens + options.tokensPerBlock
    let decoders = try ([nil] + adapters.map { Optional($0.adapter) }).map { adapter in
      try Decoder(base: base, adapter: adapter, slots: 1, maxLength: length, team: team)
    }
    let prompt = prompt(
      of: options.promptLength, vocabulary: configuration.vocabularySize,
      imageToken: configuration.vision?.imageToken, seed: options.seed)
    return try measure(
      names: adapters.map(\.name), options: options, share: CoreShare(threads: team.threads), progress: progress
    ) { variant, tokens in try block(decoders[variant], prompt: prompt, tokens: tokens) }
  }

  /// The same of blocks that are decoded by something else.
  ///
  /// - Parameters:
  ///   - names: of the adapters.
  ///   - block: milliseconds of each of so many tokens of a variant: 0 for the base, then the adapters.
  package static func measure(
    names: [String], options: LatencyOptions, progress: (LatencyProgress) -> Bool,
    block: (_ variant: Int, _ tokens: Int) throws -> [Double]
  ) throws -> LatencyResult? {
    try measure(names: names, options: options, share: nil, progress: progress, block: block)
  }

  /// - Parameter share: nil where the blocks are not decoded by this process; the result then says that it had all of the cores.
  private static func measure(
    names: [String], options: LatencyOptions, share: CoreShare?, progress: (LatencyProgress) -> Bool,
    block: (_ variant: Int, _ tokens: Int) throws -> [Double]
  ) throws -> LatencyResult? {
    let variants = names.count + 1
    let clock = ContinuousClock()
    let started = clock.now
    func elapsed() -> Double { (clock.now - started) / .seconds(1) }
    // Once through without counting: the first touch of each variant's memory is not what is asked.
    for variant in 0..<variants { _ = try block(variant, min(4, options.tokensPerBlock)) }
    var blocks: [DecodedBlock] = []
    var share = share
    for round in 0..<options.maximumRounds {
      if isOver(options, rounds: round, seconds: elapsed()) { break }
      for (place, variant) in LatencyArithmetic.round(variants: variants).enumerated() {
        let times =
          try share?.counting { try block(variant, options.tokensPerBlock) } ?? block(variant, options.tokensPerBlock)
        blocks.append(DecodedBlock(variant: variant, round: round, place: place, milliseconds: times))
      }
      var widest: Double?
      if round + 1 >= options.minimumRounds, (round + 1 - options.minimumRounds).isMultiple(of: roundsBetweenChecks) {
        widest = (1..<variants).map { variant in
          LatencyArithmetic.overheadPercent(of: variant, in: blocks, seed: options.seed).halfWidth
        }.max()
      }
      let goOn = progress(
        LatencyProgress(
          round: round + 1, maximumRounds: options.maximumRounds, seconds: elapsed(), timeCap: options.timeCap,
          halfWidth: widest))
      if !goOn { break }
      if variants == 1, round + 1 >= options.minimumRounds { break }
      if let widest, widest <= options.targetHalfWidth { break }
    }
    guard !blocks.isEmpty else { return nil }
    return LatencyArithmetic.summary(
      blocks, names: names, seed: options.seed, seconds: elapsed(), coreShare: share?.value ?? 1)
  }

  /// Milliseconds of each of `tokens` greedy tokens after the prompt and the warm-up, all decoded in one region of the team: what
  /// opening a region costs is no part of a token. An end-of-text token ends nothing: every block has the same length.
  private static func block(_ decoder: Decoder, prompt: [Int32], tokens: Int) throws -> [Double] {
    decoder.reset(slot: 0)
    let first = best(try decoder.prefill(slot: 0, tokens: prompt))
    return try decoder.timedGreedyRun(slot: 0, token: first, count: warmupTokens + tokens).durations
      .dropFirst(warmupTokens).map { $0 / .milliseconds(1) }
  }

  /// The index of the largest logit, the first of equals.
  static func best(_ logits: [Float]) -> Int32 {
    var best = 0
    logits.withUnsafeBufferPointer { values in
      for index in values.indices where values[index] > values[best] { best = index }
    }
    return Int32(best)
  }

  /// Random text: a picture would change the tokens in the cache, but not what a further one costs.
  package static func prompt(of length: Int, vocabulary: Int, imageToken: Int32?, seed: UInt64) -> [Int32] {
    var generator = SplitMix64(seed: seed, stream: 0x1A7E)
    return (0..<length).map { _ in
      let token = Int32(generator.below(vocabulary))
      // An image token stands for pixels, of which there are none.
      return token == imageToken ? (token + 1) % Int32(vocabulary) : token
    }
  }
}

/// How far a measurement has come.
public struct LatencyProgress: Sendable, Equatable {
  /// Rounds done.
  public var round: Int
  public var maximumRounds: Int
  public var seconds: Double
  public var timeCap: Double
  /// The widest half-width so far, in percentage points; nil before it is first computed or with no adapter.
  public var halfWidth: Double?
}

/// How much of the cores a piece of work had. Workers spin while they wait, so alone on the machine they have all of it; what is missing went to
/// other programs, and a time measured meanwhile is longer by an unknown amount.
struct CoreShare {
  private let threads: Int
  private var wall = 0.0
  private var processor = 0.0

  init(threads: Int) { self.threads = threads }

  /// Processor time over wall time × threads, in 0…1; 1 before anything was counted.
  var value: Double { wall > 0 ? min(1, processor / (wall * Double(threads))) : 1 }

  mutating func counting<Value>(_ work: () throws -> Value) rethrows -> Value {
    let clock = ContinuousClock()
    let (began, before) = (clock.now, Self.processorSeconds)
    defer {
      wall += (clock.now - began) / .seconds(1)
      processor += Self.processorSeconds - before
    }
    return try work()
  }

  /// Of all threads of this program.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
