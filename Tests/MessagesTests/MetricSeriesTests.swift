import Messages
import Synchronization
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

  @Test func aStoredSeriesIsReadWhenItIsAskedFor() {
    let reads = Mutex(0)
    var series = MetricSeries(count: 3, newest: 3) {
      reads.withLock { $0 += 1 }
      return [1, 2, 3, 4]
    }
    let copy = series
    #expect(series.count == 3)
    #expect(series.last == 3)
    #expect(reads.withLock { $0 } == 0)
    #expect(series.values(0..<9) == [1, 2, 3])
    series.append(5)
    #expect(series.values(0..<9) == [1, 2, 3, 5])
    #expect(series.last == 5)
    #expect(copy.values(0..<9) == [1, 2, 3])
    #expect(copy.sharesStorage(with: series))
    #expect(reads.withLock { $0 } == 1)
  }

  @Test func whatCannotBeReadNowIsAskedForAgain() {
    let isThere = Mutex(false)
    let series = MetricSeries(count: 2, newest: nil) { isThere.withLock { $0 } ? [7] : nil }
    #expect(series.values(0..<2).allSatisfy { $0.isNaN })
    isThere.withLock { $0 = true }
    #expect(series.values(0..<1) == [7])
    // Fewer than were promised: the rest is no number.
    #expect(series.last?.isNaN == true)
  }

  @Test func partsOfAStoredSeriesAreReadByThemselvesAndNotKept() {
    let reads = Mutex<[[Range<Int>]]>([])
    let series = MetricSeries(count: 1000, newest: 2) { stretches in
      reads.withLock { $0.append(stretches) }
      return stretches.flatMap { $0.map { Float($0) } }
    } load: {
      (0..<1000).map { Float($0) }
    }
    #expect(series.values(ofEach: [3..<5, 9..<10]) == [3, 4, 9])
    #expect(!series.isHere)
    // An average needs the newest values alone.
    #expect(series.newestAverage(beta: 0.9).map { $0 > 980 && $0 < 1000 } == true)
    #expect(!series.isHere)
    #expect(reads.withLock { $0 }.allSatisfy { $0.reduce(0) { $0 + $1.count } <= 256 })
    #expect(series.values(0..<2) == [0, 1])
    #expect(series.isHere)
    let count = reads.withLock { $0.count }
    #expect(series.values(ofEach: [998..<1000]) == [998, 999])
    #expect(reads.withLock { $0.count } == count)
  }
}
