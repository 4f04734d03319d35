import Foundation
import Terminal
import Testing

@Suite struct TicksTests {
  func labels(_ range: ClosedRange<Double>, _ count: Int) -> [String] {
    Ticks.linear(range, atMost: count).map(\.label)
  }

  @Test func stepsOfOneTwoFive() {
    #expect(labels(0...400, 5) == ["0", "100", "200", "300", "400"])
    #expect(labels(0...400, 3) == ["0", "200", "400"])
    #expect(labels(0...1, 6) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels(-1...1, 5) == ["-1.0", "-0.5", "0", "0.5", "1.0"])
    #expect(labels(0.33...0.41, 5) == ["0.34", "0.36", "0.38", "0.40"])
    #expect(labels(0...2e-4, 3) == ["0", "1e-4", "2e-4"])
    #expect(labels(0...1_000_000, 6) == ["0", "200k", "400k", "600k", "800k", "1.0M"])
    #expect(labels(999_000...1_001_000, 5) == ["999.0k", "999.5k", "1.0000M", "1.0005M", "1.0010M"])
  }

  @Test(arguments: [0...1e-9, 0.1...0.1000001, -5...7, 3...1e12, 1e6...1e6 + 3, 17...400] as [ClosedRange<Double>])
  func neverTwiceTheSameLabelAndNeverTooMany(range: ClosedRange<Double>) {
    for count in 1...12 {
      let ticks = Ticks.linear(range, atMost: count)
      #expect(ticks.count <= max(1, count))
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks.map(\.label))")
      let slack = (range.upperBound - range.lowerBound) * 1e-6
      for tick in ticks {
        #expect(tick.value >= range.lowerBound - slack && tick.value <= range.upperBound + slack)
      }
    }
  }

  @Test func degenerateRanges() {
    #expect(labels(3...3, 4) == ["3.00"])
    #expect(Ticks.niceStep(atLeast: 0) == 1)
    #expect(Ticks.niceStep(atLeast: 0.3) == 0.5)
    #expect(Ticks.niceStep(atLeast: .nan) == 1)
  }

  @Test func logAxes() {
    func labels(_ range: ClosedRange<Double>, rows: Double, apart: Double = 3) -> [String] {
      let span = log(range.upperBound / range.lowerBound)
      return Ticks.log(range, apart: apart) { log($1 / $0) / span * rows }.map(\.label)
    }
    #expect(labels(0.2...5, rows: 14) == ["0.2", "0.5", "1", "2", "5"])
    #expect(labels(1e-4...1e3, rows: 20, apart: 2) == ["1e-4", "0.001", "0.01", "0.1", "1", "10", "100", "1000"])
    #expect(labels(0.30...0.41, rows: 10) == ["0.30", "0.35", "0.40"])
    #expect(Ticks.log(-1...1, apart: 3) { _, _ in 9 }.isEmpty)
  }
}
