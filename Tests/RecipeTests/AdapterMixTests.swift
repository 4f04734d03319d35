import Recipe
import Testing

/// Who has which adapter.
@Suite struct AdapterMixTests {
  @Test func distinctAndIdenticalDrawNothing() {
    #expect(AdapterMix.distinct.draw(sequences: 5, seed: 3) == [0, 1, 2, 3, 4])
    #expect(AdapterMix.identical.draw(sequences: 5, seed: 3) == [0, 0, 0, 0, 0])
    #expect(AdapterMix.distinct.different(sequences: 16, seed: 3) == 16)
    #expect(AdapterMix.identical.different(sequences: 16, seed: 3) == 1)
  }

  @Test(arguments: AdapterMix.allCases) func drawsDependOnTheSeedAlone(mix: AdapterMix) {
    for count in [0, 1, 2, 16] {
      let draw = mix.draw(sequences: count, seed: 7)
      #expect(draw.count == count && draw.allSatisfy { (0..<count).contains($0) })
      #expect(mix.draw(sequences: count, seed: 7) == draw)
    }
    let isDrawn = mix == .uniform || mix == .skewed
    #expect((mix.draw(sequences: 64, seed: 7) != mix.draw(sequences: 64, seed: 8)) == isDrawn)
  }

  /// Of n draws among n a share of 1 − (1 − 1/n)ⁿ is hit: 1 − 1/e for many.
  @Test func uniformHitsAsManyAsChanceDoes() {
    let different = AdapterMix.uniform.different(sequences: 4000, seed: 1)
    // Five standard deviations to either side.
    #expect(abs(Double(different) - 4000 * 0.6321) < 5 * 32)
  }

  /// The k-th has the share 1/k over the harmonic number of 1000, 7.485.
  @Test func skewedFollowsZipf() {
    let draw = AdapterMix.skewed.draw(sequences: 1000, seed: 2)
    for (adapter, expected) in [(0, 133.6), (1, 66.8), (3, 33.4)] {
      let count = Double(draw.count { $0 == adapter })
      #expect(abs(count - expected) < 5 * expected.squareRoot())
    }
  }
}

/// Overheads at numbers of sequences that were measured, and at others.
@Suite struct FleetCurveTests {
  private func measured(_ sequences: Int, _ percent: Double, mix: AdapterMix = .distinct) -> FleetLatency {
    FleetLatency(
      sequences: sequences, mix: mix, different: mix == .distinct ? sequences : 1, p50: 1, p95: 1, baseP50: 1,
      baseP95: 1, overheadPercent: Interval(estimate: percent, low: percent - 1, high: percent + 1),
      bytes: FleetBytes(base: 1000, caches: 10 * sequences, adapter: 50), adapterMemoryBytes: 100, blocks: 4,
      coreShare: 1)
  }

  @Test func bytesByHand() {
    let bytes = FleetBytes(base: 1000, caches: 100, adapter: 55)
    #expect(bytes.step(adapters: 4) == 1320)
    #expect(abs(bytes.predictedPercent(adapters: 4) - 20) < 1e-12)
    #expect(bytes.predictedPercent(adapters: 0) == 0)
  }

  @Test func whatWasMeasuredIsTaken() throws {
    let curve = FleetCurve([measured(4, 40), measured(1, 12), measured(1, 10)], seed: 0)
    let one = try #require(curve.overhead(sequences: 1))
    #expect(one.percent == 10 && !one.isPredicted && one.interval?.low == 9)
  }

  @Test func betweenThemOnTheLineAndBeyondByTheBytes() throws {
    let curve = FleetCurve([measured(2, 10), measured(4, 40)], seed: 0)
    let between = try #require(curve.overhead(sequences: 3))
    #expect(between.isPredicted && abs(between.percent - 25) < 1e-12)
    // Four of 50 over 1040 bytes, and eight over 1080.
    let beyond = try #require(curve.overhead(sequences: 8))
    #expect(beyond.isPredicted && abs(beyond.percent - (40 + 40_000.0 / 1080 - 20_000.0 / 1040)) < 1e-9)
    let before = try #require(curve.overhead(sequences: 1))
    #expect(abs(before.percent - (10 + 5000.0 / 1010 - 10_000.0 / 1020)) < 1e-9)
    #expect(FleetCurve([], seed: 0).overhead(sequences: 1) == nil)
  }

  /// One adapter for all is read once, however many have it.
  @Test func oneForAllAddsNoBytes() throws {
    let curve = FleetCurve([measured(2, 5, mix: .identical)], seed: 0)
    let beyond = try #require(curve.overhead(sequences: 8))
    #expect(abs(beyond.percent - (5 + 5000.0 / 1080 - 5000.0 / 1020)) < 1e-9)
  }

  @Test func theSmallestNumberOverABudget() {
    let curve = FleetCurve([measured(2, 10), measured(4, 40)], seed: 0)
    #expect(curve.passes(24, most: 16)?.sequences == 3)
    #expect(curve.passes(24, most: 16)?.isPredicted == true)
    #expect(
      curve.passes(25, most: 16)
        == FleetOverhead(
          sequences: 4, percent: 40, interval: Interval(estimate: 40, low: 39, high: 41), basis: .measured))
    #expect(curve.passes(24, most: 2) == nil)
    #expect(curve.passes(500, most: 16) == nil)
  }
}
