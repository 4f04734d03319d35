import Analysis
import Recipe
import Testing

@Suite struct PairedShareTests {
  /// Against the score interval of Tango 1998, solved in Python from its formula.
  @Test func fewLostLeaveMoreOpenThanResamplesShow() {
    let known: [(lost: Int, gained: Int, count: Int, bound: Double)] = [
      (1, 0, 300, 0.018637), (2, 0, 300, 0.023978), (4, 0, 300, 0.033776), (9, 4, 150, 0.087656), (0, 0, 500, 0.007624),
      (3, 3, 100, 0.059212),
    ]
    for (lost, gained, count, bound) in known {
      #expect(abs(PairedShare.upperBound(lost: lost, gained: gained, of: count) - bound) < 1e-5, "\(lost) \(count)")
    }
    #expect(PairedShare.upperBound(lost: 0, gained: 0, of: 0) == 1)
    #expect(PairedShare.upperBound(lost: 10, gained: 0, of: 10) == 1)
  }

  /// Of 100 examples with a true loss of five points the bound lies below five in at most one draw of forty, and a little more.
  @Test func itHoldsWhereFewExamplesDiffer() {
    var generator = SplitMix64(seed: 9)
    var missed = 0
    for _ in 0..<4000 {
      let lost = (0..<100).count { _ in generator.below(100) < 5 }
      if PairedShare.upperBound(lost: lost, gained: 0, of: 100) < 0.05 { missed += 1 }
    }
    #expect(missed < 4000 / 30)
  }
}
