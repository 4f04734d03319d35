import Foundation
import Kernels
import Recipe
import Testing
import Training
import Transformer

/// What a measurement consists of; how long anything took is not tested.
@Suite struct LatencyTests {
  @Test func roundsAndBlocks() throws {
    let options = LatencyOptions(
      promptLength: 5, tokensPerBlock: 3, minimumRounds: 2, maximumRounds: 2, targetHalfWidth: 0)
    var rounds: [Int] = []
    let result = try #require(
      try Latency.measure(
        base: try TinyModel.base(),
        adapters: [("o", try TinyModel.adapter(targets: Targets.oProj)), ("all", try TinyModel.adapter())],
        options: options, team: WorkerTeam(threads: 1),
        progress: {
          rounds.append($0.round)
          return $0.maximumRounds == 2
        }))
    #expect(rounds == [1, 2])
    #expect(result.rounds == 2)
    #expect(result.blocks.map(\.variant) == [0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0])
    #expect(result.blocks.map(\.place) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
    #expect(result.blocks.allSatisfy { $0.milliseconds.count == 3 && $0.milliseconds.allSatisfy { $0 > 0 } })
    #expect(result.adapters.map(\.name) == ["o", "all"])
    for adapter in result.adapters {
      let overhead = adapter.overheadPercent
      #expect(overhead.low <= overhead.estimate && overhead.estimate <= overhead.high)
    }
  }

  @Test func stopsWhenTheIntervalIsNarrowWhenAskedAndAtTheCap() throws {
    let base = try TinyModel.base()
    let adapters = [("o", try TinyModel.adapter(targets: Targets.oProj))]
    func rounds(_ options: LatencyOptions, until stop: Int = .max) throws -> Int? {
      try Latency.measure(base: base, adapters: adapters, options: options, team: WorkerTeam(threads: 1)) {
        $0.round < stop
      }?.rounds
    }
    let short = LatencyOptions(
      promptLength: 4, tokensPerBlock: 2, minimumRounds: 3, maximumRounds: 9, targetHalfWidth: 1e9)
    #expect(try rounds(short) == 3)
    #expect(try rounds(short, until: 2) == 2)
    var capped = short
    capped.targetHalfWidth = 0
    capped.timeCap = 1e-9
    capped.minimumRounds = 5
    #expect(try rounds(capped) == 3)
    capped.minimumRounds = 1
    #expect(try rounds(capped) == 1)
  }

  @Test func theBaseAlone() throws {
    let result = try Latency.measure(
      base: try TinyModel.base(), adapters: [],
      options: LatencyOptions(promptLength: 4, tokensPerBlock: 2, minimumRounds: 2), team: WorkerTeam(threads: 1))
    #expect(result?.adapters.isEmpty == true)
    #expect(result?.rounds == 2)
  }
}

@Suite struct LatencyArithmeticTests {
  /// Blocks of a machine whose speed drifts by half over the measurement, with noise of 1 % a token; variant v costs `overheads[v]` more.
  private func blocks(overheads: [Double], rounds: Int, seed: UInt64, outliers: Bool = false) -> [DecodedBlock] {
    var generator = SplitMix64(seed: seed)
    var blocks: [DecodedBlock] = []
    let order = LatencyArithmetic.round(variants: overheads.count)
    for round in 0..<rounds {
      for (place, variant) in order.enumerated() {
        let drift = 1 + 0.5 * Double(round * order.count + place) / Double(rounds * order.count)
        let stolen = outliers && round % 7 == 3 && variant > 0 ? 3.0 : 1
        let times = (0..<32).map { _ in
          2 * drift * stolen * (1 + overheads[variant]) * (1 + 0.02 * (generator.uniform() - 0.5))
        }
        blocks.append(DecodedBlock(variant: variant, round: round, place: place, milliseconds: times))
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
      DecodedBlock(variant: 0, round: 0, place: 0, milliseconds: [1, 1]),
      DecodedBlock(variant: 1, round: 0, place: 1, milliseconds: [2, 2]),
      DecodedBlock(variant: 1, round: 0, place: 2, milliseconds: [2, 4]),
      DecodedBlock(variant: 0, round: 0, place: 3, milliseconds: [1, 1]),
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
    let samples = [DecodedBlock(variant: 1, round: 0, place: 0, milliseconds: [2])]
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
