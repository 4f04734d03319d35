import Foundation
import Terminal
import Testing

@Suite struct SeriesTests {
  @Test func aViewNeverChanges() {
    let buffer = SeriesBuffer([1, 2, 3] as [Float])
    let view = buffer.view
    buffer.append(99)
    #expect(view.count == 3 && view.last == 3)
    #expect(view.bucket(0..<10).maximum == 3)
    #expect(view[3].isNaN && view[-1].isNaN)
    #expect(buffer.view.last == 99)
  }

  /// The pyramid says what a scan says, for any range of any view.
  @Test(arguments: [1, 3, 4, 5, 16, 17, 63, 64, 65, 1000]) func bucketsEqualAScan(count: Int) {
    var state: UInt32 = 7
    func next() -> UInt32 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return state >> 8
    }
    let values = (0..<count).map { _ -> Float in
      let draw = next() % 100
      return draw < 5 ? .nan : draw < 7 ? .infinity : Float(Int(next() % 2001) - 500) / 100
    }
    let buffer = SeriesBuffer(values)
    buffer.append(contentsOf: [1e9, -1e9] as [Float])
    let view = SeriesView(buffer, count: count)
    for _ in 0..<200 {
      let a = Int(next()) % (count + 1)
      let b = Int(next()) % (count + 1)
      let range = min(a, b)..<max(a, b)
      let bucket = view.bucket(range)
      let finite = values[range].filter(\.isFinite)
      #expect(bucket.count == range.count)
      #expect(bucket.finite == finite.count)
      #expect(bucket.nonPositive == finite.count { $0 <= 0 })
      #expect(finite.min().map { bucket.minimum == $0 } ?? bucket.minimum.isNaN)
      #expect(finite.max().map { bucket.maximum == $0 } ?? bucket.maximum.isNaN)
    }
  }

  @Test func smoothingIsBiasCorrectedAndKeepsGaps() {
    let view = SeriesView([2, 4, .nan, 4] as [Float]).smoothed(beta: 0.5)
    // s1 = 2; s2 = (0.25·2 + 0.5·4)/(1 − 0.25); the gap changes nothing.
    #expect(view[0] == 2)
    #expect(abs(view[1] - 10 / 3) < 1e-6)
    #expect(view[2].isNaN)
    #expect(abs(view[3] - (0.125 * 2 + 0.25 * 4 + 0.5 * 4) / 0.875) < 1e-6)
  }

  @Test func onALogarithmicAxisLogarithmsAreAveraged() {
    let view = SeriesView([8, 2, .nan, 0, -1, 2] as [Float]).smoothed(beta: 0.5, scale: .log)
    #expect(abs(view[0] - 8) < 1e-5)
    // (0.25·log 8 + 0.5·log 2) / 0.75 = 5/3 · log 2; what a log axis cannot show changes nothing.
    #expect(abs(Double(view[1]) - exp2(5.0 / 3)) < 1e-5)
    #expect(view[2].isNaN && view[3].isNaN && view[4].isNaN)
    #expect(abs(Double(view[5]) - exp2((0.125 * 3 + 0.25 + 0.5) / 0.875)) < 1e-5)
    // Both averages of one series are kept apart.
    let series = SeriesView((1...50).map { Float($0) })
    #expect(series.smoothed(beta: 0.9, scale: .log)[49] < series.smoothed(beta: 0.9)[49])
    #expect(series.smoothed(beta: 0, scale: .log) == series)
    // A curve that falls by a constant factor a step lies a constant distance from its average.
    let falling = SeriesView((0..<400).map { Float(4 * pow(0.97, Double($0))) })
    let average = falling.smoothed(beta: 0.9, scale: .log)
    for step in [100, 200, 399] { #expect(abs(Double(average[step] / falling[step]) - pow(0.97, -9)) < 1e-3) }
  }

  @Test func smoothingGoesOnWhereItStopped() {
    let values = (0..<100).map { Float($0 % 7) }
    let grown = SeriesBuffer()
    for chunk in stride(from: 0, to: 100, by: 9) {
      grown.append(contentsOf: values[chunk..<min(100, chunk + 9)])
      #expect(grown.view.smoothed(beta: 0.9).count == grown.count)
    }
    let whole = SeriesView(values).smoothed(beta: 0.9)
    #expect(grown.view.smoothed(beta: 0.9).values(0..<100) == whole.values(0..<100))
    // An earlier view of the same buffer sees its own part.
    #expect(SeriesView(grown, count: 10).smoothed(beta: 0.9).last == whole[9])
    #expect(grown.view.smoothed(beta: 0) == grown.view)
  }

  @Test func theNewestFiniteValue() {
    #expect(SeriesView([1, 5, .nan] as [Float]).lastFinite?.value == 5)
    #expect(SeriesView([.nan] as [Float]).lastFinite == nil)
    #expect(SeriesView.empty.last == nil)
    let buffer = SeriesBuffer([1, .nan, 7] as [Float])
    #expect(SeriesView(buffer, count: 2).lastFinite?.index == 0)
  }
}
