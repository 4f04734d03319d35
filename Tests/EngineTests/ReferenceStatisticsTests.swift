import Analysis
import Foundation
import Recipe
import Testing
import Training

/// Against scipy, statsmodels and numpy: `Tests/Fixtures/statistics` has the values and the script that made them.
@Suite struct ReferenceStatisticsTests {
  private struct Goldens: Decodable {
    struct Discordant: Decodable {
      var onlyFirst: Int
      var onlySecond: Int
      var p: Double

      enum CodingKeys: String, CodingKey {
        case p
        case onlyFirst = "only_first"
        case onlySecond = "only_second"
      }
    }
    struct Adjusted: Decodable {
      var values: [Double]
      var adjusted: [Double]
    }
    struct Mean: Decodable {
      var name: String
      var values: [Double]
      var mean: Double
      var low: Double
      var high: Double
      var error: Double
    }
    struct Pair: Decodable {
      var first: [Double]
      var second: [Double]
      var difference: Double
      var low: Double
      var high: Double
      var error: Double
      var p: Double
    }
    struct Seeds: Decodable {
      var scores: [[Double]]
      var mean: Double
      var low: Double
      var high: Double
      var error: Double
    }
    struct Ranks: Decodable {
      var x: [Double]
      var y: [Double]
      var rho: Double
      var p: Double
    }
    var mcnemar: [Discordant]
    var holm: [Adjusted]
    var bootstrap: [Mean]
    var paired: [Pair]
    var hierarchical: [Seeds]
    var spearman: [Ranks]
  }

  private func goldens() throws -> Goldens {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/statistics/statistics.json")
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
  }

  /// Two runs of many resamples differ by a few hundredths of the standard error; a mean of few examples moves in steps.
  private func close(_ a: Double, _ b: Double, error: Double, step: Double) -> Bool {
    abs(a - b) <= 0.06 * error + step
  }

  @Test func exactMcNemar() throws {
    for golden in try goldens().mcnemar {
      let p = McNemar.pValue(onlyFirst: golden.onlyFirst, onlySecond: golden.onlySecond)
      #expect(abs(p / golden.p - 1) < 1e-9, "\(golden.onlyFirst), \(golden.onlySecond)")
    }
  }

  @Test func holm() throws {
    for golden in try goldens().holm {
      for (own, reference) in zip(Holm.adjusted(golden.values), golden.adjusted) {
        #expect(abs((own ?? .nan) - reference) < 1e-12)
      }
    }
  }

  @Test func percentileBootstrapOfAMean() throws {
    for golden in try goldens().bootstrap {
      let step = 1 / Double(golden.values.count)
      let one = Bootstrap.mean(golden.values, resamples: 20_000, seed: 1)
      let other = try #require(HierarchicalBootstrap.mean([golden.values], resamples: 20_000, seed: 2))
      for (estimate, low, high) in [(one.estimate, one.low, one.high), (other.estimate, other.low, other.high)] {
        #expect(abs(estimate - golden.mean) < 1e-12)
        #expect(close(low, golden.low, error: golden.error, step: step), "\(golden.name): \(low) \(golden.low)")
        #expect(close(high, golden.high, error: golden.error, step: step), "\(golden.name): \(high) \(golden.high)")
      }
    }
  }

  @Test func pairedBootstrap() throws {
    for golden in try goldens().paired {
      let outcome = try #require(PairedBootstrap.compare(golden.first, golden.second, resamples: 20_000, seed: 3))
      #expect(abs(outcome.difference.estimate - golden.difference) < 1e-12)
      // The reference's resamples are as they come; ours are widened for so many pairs.
      let widening = StudentT.widening(golden.first.count)
      func plain(_ end: Double) -> Double {
        outcome.difference.estimate + (end - outcome.difference.estimate) / widening
      }
      #expect(close(plain(outcome.difference.low), golden.low, error: golden.error, step: 0))
      #expect(close(plain(outcome.difference.high), golden.high, error: golden.error, step: 0))
      // What a normal's tail of the reference's p becomes. Binomial noise of both sides, and the one that is added so that p is never 0.
      let z = StudentT.quantile(min(1 - golden.p / 2, 1 - 1e-9), degrees: .infinity) / widening
      let p = golden.p == 1 ? 1 : 2 * (1 - StudentT.cumulative(z, degrees: .infinity))
      #expect(abs(outcome.pValue - p) < 4 * (golden.p * (1 - golden.p) / 20_000).squareRoot() + 2e-3)
    }
  }

  @Test func seedsAndExamples() throws {
    for golden in try goldens().hierarchical {
      let means = try #require(HierarchicalBootstrap.replicates(golden.scores, resamples: 20_000, seed: 4)).sorted()
      let interval = try #require(HierarchicalBootstrap.mean(golden.scores, resamples: 20_000, seed: 4))
      let step = 1 / Double(golden.scores.count * golden.scores[0].count)
      #expect(abs(interval.estimate - golden.mean) < 1e-12)
      #expect(interval.low >= 0 && interval.high <= 1)
      // The ends of a t distribution of one degree of freedom are uncertain by some percent of themselves.
      #expect(close(means[500], golden.low, error: 2 * golden.error, step: step))
      #expect(close(means[19_499], golden.high, error: 2 * golden.error, step: step))
    }
  }

  @Test func rankCorrelation() throws {
    for golden in try goldens().spearman {
      let outcome = try #require(RankCorrelation.spearman(golden.x, golden.y))
      #expect(abs(outcome.rho - golden.rho) < 1e-12)
      #expect(abs(outcome.pValue - golden.p) < 1e-12)
    }
  }
}
