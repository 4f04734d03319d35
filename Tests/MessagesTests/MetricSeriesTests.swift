import Messages
import Testing

@Suite struct MetricSeriesTests {
  @Test func aCopySeesItsOwnValuesOnly() {
    var writer = MetricSeries([1, 2])
    let copy = writer
    writer.append(3)
    #expect(copy.count == 2)
    #expect(copy.values(0..<9) == [1, 2])
    #expect(writer.values(0..<9) == [1, 2, 3])
    #expect(copy.sharesStorage(with: writer))
  }

  @Test func aCopyThatIsBehindForks() {
    var writer = MetricSeries([1, 2])
    var behind = writer
    writer.append(3)
    behind.append(30)
    #expect(writer.values(0..<3) == [1, 2, 3])
    #expect(behind.values(0..<3) == [1, 2, 30])
    #expect(!behind.sharesStorage(with: writer))
  }

  @Test func truncationForksAndKeepsTheOriginal() {
    let series = MetricSeries([1, 2, 3, 4])
    var short = series.truncated(to: 2)
    short.append(9)
    #expect(short.values(0..<9) == [1, 2, 9])
    #expect(series.values(0..<9) == [1, 2, 3, 4])
    #expect(series.truncated(to: 40).count == 4)
  }
}
