import Recipe

/// Time per output token over all measured tokens, in milliseconds.
public struct TokenTime: Sendable, Codable, Equatable {
  public var p50: Double
  public var p95: Double

  public init(p50: Double, p95: Double) {
    self.p50 = p50
    self.p95 = p95
  }
}

/// What an adapter costs.
public struct AdapterLatency: Sendable, Codable, Equatable {
  public var name: String
  public var time: TokenTime
  /// (time per token ÷ the base's − 1) × 100, from paired blocks, with its 95 % bootstrap interval over rounds.
  public var overheadPercent: Interval

  public init(name: String, time: TokenTime, overheadPercent: Interval) {
    self.name = name
    self.time = time
    self.overheadPercent = overheadPercent
  }
}

/// A whole measurement.
public struct LatencyResult: Sendable, Codable, Equatable {
  public var base: TokenTime
  /// In the order they were given.
  public var adapters: [AdapterLatency]
  /// In the order they were measured.
  public var blocks: [LatencyBlock]
  public var rounds: Int
  /// Wall time of the whole measurement.
  public var seconds: Double
  /// What this program had of the cores meanwhile, in 0…1.
  public var coreShare: Double

  public init(
    base: TokenTime, adapters: [AdapterLatency], blocks: [LatencyBlock], rounds: Int, seconds: Double, coreShare: Double
  ) {
    self.base = base
    self.adapters = adapters
    self.blocks = blocks
    self.rounds = rounds
    self.seconds = seconds
    self.coreShare = coreShare
  }
}

extension LatencySummary {
  /// Of a measurement with one adapter; nil without it.
  public init?(_ result: LatencyResult) {
    guard let adapter = result.adapters.first else { return nil }
    self.init(
      p50: adapter.time.p50, p95: adapter.time.p95, baseP50: result.base.p50, baseP95: result.base.p95,
      overheadPercent: adapter.overheadPercent, blocks: result.blocks.count, coreShare: result.coreShare)
  }
}
