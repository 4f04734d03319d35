import Foundation
import Recipe

/// The tokens that one model decoded without a break.
public struct DecodedBlock: Sendable, Codable, Equatable {
  /// 0 for the base, then the adapters in the order they were given.
  public var variant: Int
  /// From 0.
  public var round: Int
  /// The block's place within its round, from 0.
  public var place: Int
  /// The time of each token, in milliseconds.
  public var milliseconds: [Double]

  public init(variant: Int, round: Int, place: Int, milliseconds: [Double]) {
    self.variant = variant
    self.round = round
    self.place = place
    self.milliseconds = milliseconds
  }

  public var p50: Double { Percentile.of(milliseconds, 0.5) }
  public var p95: Double { Percentile.of(milliseconds, 0.95) }
}

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
}

/// A whole measurement.
public struct LatencyResult: Sendable, Codable, Equatable {
  public var base: TokenTime
  /// In the order they were given.
  public var adapters: [AdapterLatency]
  /// In the order they were measured.
  public var blocks: [DecodedBlock]
  public var rounds: Int
  /// Wall time of the whole measurement.
  public var seconds: Double
  /// What this program had of the cores meanwhile, in 0…1.
  public var coreShare: Double
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

/// From blocks to overheads; no clock here.
package enum LatencyArithmetic {
  /// The order of a round: base, a, b, …, b, a, base, so that a steady drift weighs on all variants alike.
  package static func round(variants: Int) -> [Int] {
    Array(0..<variants) + (0..<variants).reversed()
  }

  /// Percentiles over all tokens of a variant.
  package static func time(of variant: Int, in blocks: [DecodedBlock]) -> TokenTime {
    let all = blocks.filter { $0.variant == variant }.flatMap(\.milliseconds).sorted()
    return TokenTime(p50: Percentile.ofSorted(all, 0.5), p95: Percentile.ofSorted(all, 0.95))
  }

  /// For each round that holds both, the logarithm of the ratio of a variant's time to the base's, each the mean of its blocks' medians in that round.
  package static func logRatios(of variant: Int, in blocks: [DecodedBlock]) -> [Double] {
    var sums: [Int: (variant: Double, variants: Int, base: Double, bases: Int)] = [:]
    for block in blocks where block.variant == variant || block.variant == 0 {
      var sum = sums[block.round] ?? (0, 0, 0, 0)
      if block.variant == 0 {
        sum.base += block.p50
        sum.bases += 1
      } else {
        sum.variant += block.p50
        sum.variants += 1
      }
      sums[block.round] = sum
    }
    return sums.sorted { $0.key < $1.key }.compactMap { _, sum in
      guard sum.variants > 0, sum.bases > 0, sum.base > 0, sum.variant > 0 else { return nil }
      return log(sum.variant / Double(sum.variants) / (sum.base / Double(sum.bases)))
    }
  }

  /// (ratio − 1) × 100 with its bootstrap interval over rounds. The estimate is the interquartile mean of the rounds' log ratios, which a
  /// round that was disturbed by another process does not move.
  package static func overheadPercent(
    of variant: Int, in blocks: [DecodedBlock], seed: UInt64, resamples: Int = 2000
  ) -> Interval {
    let interval = Bootstrap.interval(
      of: logRatios(of: variant, in: blocks), resamples: resamples, seed: seed &+ UInt64(variant), widens: true,
      statistic: InterquartileMean.of)
    return Interval(
      estimate: percent(interval.estimate), low: percent(interval.low), high: percent(interval.high))
  }

  package static func summary(
    _ blocks: [DecodedBlock], names: [String], seed: UInt64, seconds: Double, coreShare: Double = 1
  ) -> LatencyResult {
    LatencyResult(
      base: time(of: 0, in: blocks),
      adapters: names.enumerated().map { index, name in
        AdapterLatency(
          name: name, time: time(of: index + 1, in: blocks),
          overheadPercent: overheadPercent(of: index + 1, in: blocks, seed: seed))
      },
      blocks: blocks, rounds: (blocks.map(\.round).max() ?? -1) + 1, seconds: seconds,
      coreShare: coreShare)
  }

  private static func percent(_ logRatio: Double) -> Double {
    (exp(logRatio) - 1) * 100
  }
}
