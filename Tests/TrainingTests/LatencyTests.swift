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
