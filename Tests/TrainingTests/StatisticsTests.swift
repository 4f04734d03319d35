import Recipe
import Testing
import Training

@Suite struct StatisticsTests {
  /// Percentiles of resamples of three values hold the mean in three of four draws, where 95 of 100 are said.
  @Test func fewValuesCoverAsOftenAsIsSaid() {
    var generator = SplitMix64(seed: 4)
    for (count, least) in [(3, 0.92), (6, 0.93), (20, 0.93)] {
      let held = (0..<400).count { draw in
        let values = (0..<count).map { _ in generator.normal() }
        let interval = Bootstrap.interval(
          of: values, resamples: 400, seed: UInt64(draw), widens: true, statistic: InterquartileMean.of)
        return interval.low <= 0 && 0 <= interval.high
      }
      #expect(Double(held) >= least * 400, "\(count) values: \(held) of 400")
    }
  }

  @Test func percentilesInterpolateAsNumPyDoes() {
    #expect(Percentile.of([4, 1, 3, 2], 0.5) == 2.5)
    #expect(abs(Percentile.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95) - 9.55) < 1e-12)
    #expect(Percentile.of([7], 0.95) == 7)
    #expect(Percentile.of([], 0.5).isNaN)
    #expect(Percentile.median([3, 1, 2]) == 2)
  }

  @Test func interquartileMeanIgnoresTheEnds() {
    #expect(InterquartileMean.of([1, 2, 3, 4, 5, 6, 7, 1000]) == 4.5)
    #expect(InterquartileMean.of([2, 4]) == 3)
    #expect(InterquartileMean.of([]).isNaN)
  }

  @Test func bootstrapOfAMeanComesNearTheNormalInterval() {
    var generator = SplitMix64(seed: 9)
    let samples = (0..<400).map { _ in generator.uniform() }
    let interval = Bootstrap.mean(samples, resamples: 4000, seed: 1)
    // Standard error of the mean of 400 uniform numbers: sqrt(1/12/400) = 0.01443.
    #expect(abs(interval.halfWidth - 1.96 * 0.01443) < 0.003)
    #expect(interval.low < interval.estimate && interval.estimate < interval.high)
    #expect(Bootstrap.mean(samples, resamples: 4000, seed: 1) == interval)
    #expect(Bootstrap.mean(samples, resamples: 4000, seed: 2) != interval)
  }

  @Test func degenerateSamples() {
    // Beyond 0 and 1 nothing is known of what a value can be.
    let one = Bootstrap.mean([3])
    #expect(one.low == 3 && one.high == 3 && one.estimate == 3)
    #expect(Bootstrap.mean([]).estimate.isNaN)
    #expect(Bootstrap.mean([2, 2, 2]).halfWidth == 0)
  }

  @Test func throughputLeavesOutTheFirstStep() {
    let tokens = [100, 80, 120, 100]
    let seconds = [9.0, 1.0, 2.0, 1.5]
    let rate = Throughput.tokensPerSecond(tokens: tokens, seconds: seconds)
    #expect(rate.map { abs($0 - 100 / 1.5) < 1e-9 } == true)
    #expect(Throughput.tokensPerSecond(tokens: [50], seconds: [2]) == 25)
    #expect(Throughput.tokensPerSecond([]) == nil)
  }

  @Test func peakMemory() {
    #expect(PeakMemory.highWaterMark(inStatus: "VmPeak:\t 9 kB\nVmHWM:\t    5120 kB\nVmRSS: 1 kB") == 5120)
    #expect(PeakMemory.highWaterMark(inStatus: "VmRSS: 1 kB") == nil)
    // A running test occupies a megabyte at least and less than a terabyte.
    #expect(PeakMemory.bytes > 1 << 20 && PeakMemory.bytes < 1 << 40)
  }
}
