import Foundation
import Recipe
import Testing
import Training

@Suite struct LatencyArithmeticTests {
  /// Blocks of a machine whose speed drifts by half over the measurement, with noise of 1 % a token; variant v costs `overheads[v]` more.
  private func blocks(overheads: [Double], rounds: Int, seed: UInt64, outliers: Bool = false) -> [LatencyBlock] {
    var generator = SplitMix64(seed: seed)
    var blocks: [LatencyBlock] = []
    let order = LatencyArithmetic.round(variants: overheads.count)
    for round in 0..<rounds {
      for (place, variant) in order.enumerated() {
        let drift = 1 + 0.5 * Double(round * order.count + place) / Double(rounds * order.count)
        let stolen = outliers && round % 7 == 3 && variant > 0 ? 3.0 : 1
        let times = (0..<32).map { _ in
          2 * drift * stolen * (1 + overheads[variant]) * (1 + 0.02 * (generator.uniform() - 0.5))
        }
        blocks.append(LatencyBlock(variant: variant, round: round, place: place, milliseconds: times))
      }
    }
    return blocks
  }

  @Test func roundsAreMirrored() {
    #expect(LatencyArithmetic.round(variants: 3) == [0, 1, 2, 2, 1, 0])
    #expect(LatencyArithmetic.round(variants: 1) == [0, 0])
  }

  @Test func overheadsAreFoundUnderDrift() {
    let samples = blocks(overheads: [0, 0.05, 0.12], rounds: 40, seed: 3)
    let first = LatencyArithmetic.overheadPercent(of: 1, in: samples, seed: 0)
    let second = LatencyArithmetic.overheadPercent(of: 2, in: samples, seed: 0)
    #expect(abs(first.estimate - 5) < 0.2)
    #expect(abs(second.estimate - 12) < 0.2)
    #expect(first.low < first.estimate && first.estimate < first.high)
    #expect(first.halfWidth < 0.3)
    #expect(LatencyArithmetic.overheadPercent(of: 1, in: samples, seed: 0) == first)
  }

  @Test func disturbedRoundsDoNotMoveTheEstimate() {
    let samples = blocks(overheads: [0, 0.05], rounds: 42, seed: 4, outliers: true)
    let overhead = LatencyArithmetic.overheadPercent(of: 1, in: samples, seed: 0)
    #expect(abs(overhead.estimate - 5) < 0.5)
  }

  @Test func summary() {
    let samples = [
      LatencyBlock(variant: 0, round: 0, place: 0, milliseconds: [1, 1]),
      LatencyBlock(variant: 1, round: 0, place: 1, milliseconds: [2, 2]),
      LatencyBlock(variant: 1, round: 0, place: 2, milliseconds: [2, 4]),
      LatencyBlock(variant: 0, round: 0, place: 3, milliseconds: [1, 1]),
    ]
    let result = LatencyArithmetic.summary(samples, names: ["a"], seed: 0, seconds: 1)
    #expect(result.rounds == 1)
    #expect(result.base == TokenTime(p50: 1, p95: 1))
    #expect(result.adapters[0].name == "a")
    #expect(result.adapters[0].time.p50 == 2)
    #expect(abs(result.adapters[0].time.p95 - 3.7) < 1e-12)
    // The two blocks' medians are 2 and 3, the base's 1.
    #expect(abs(result.adapters[0].overheadPercent.estimate - 150) < 1e-9)
  }

  /// A narrow interval says nothing of what other programs took from base and adapter alike.
  @Test func aDisturbedMeasurementSaysSo() throws {
    let quiet = LatencyArithmetic.summary(
      blocks(overheads: [0, 0.1], rounds: 4, seed: 1), names: ["a"], seed: 0, seconds: 1, coreShare: 0.98)
    #expect(quiet.coreShare == 0.98)
    let shared = LatencyArithmetic.summary(
      blocks(overheads: [0, 0.1], rounds: 4, seed: 1), names: ["a"], seed: 0, seconds: 1, coreShare: 0.66)
    #expect(shared.coreShare == 0.66)
  }

  @Test func roundsWithoutABaseAreLeftOut() {
    let samples = [LatencyBlock(variant: 1, round: 0, place: 0, milliseconds: [2])]
    #expect(LatencyArithmetic.logRatios(of: 1, in: samples).isEmpty)
  }

  @Test func optionsThatDoNotFitTheModel() {
    #expect(throws: TrainingError.self) {
      try LatencyOptions(promptLength: 100, tokensPerBlock: 27).validate(maxPositions: 128)
    }
    #expect(throws: Never.self) {
      try LatencyOptions(promptLength: 100, tokensPerBlock: 26).validate(maxPositions: 128)
    }
    #expect(throws: TrainingError.self) { try LatencyOptions(tokensPerBlock: 0).validate(maxPositions: 512) }
    #expect(throws: TrainingError.self) { try LatencyOptions(timeCap: .nan).validate(maxPositions: 512) }
    #expect(throws: TrainingError.self) { try LatencyOptions(promptLength: .max).validate(maxPositions: 512) }
  }
}
