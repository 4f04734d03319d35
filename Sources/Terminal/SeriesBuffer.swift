import Synchronization

/// Append-only values by index with a min/max pyramid, shared between its writer and any number of views.
///
/// A pyramid level joins four neighbours of the level below into (min, max, counts), so the extremes of any range cost
/// O(log n). NaN and infinities are gaps: they never reach a minimum or maximum. 10⁶ values are 4 MB and about 5 MB of pyramid.
public final class SeriesBuffer: Sendable {
  private let state = Mutex(State())

  public init() {}

  public convenience init(_ values: some Sequence<Float>) {
    self.init()
    append(contentsOf: values)
  }

  public func append(_ value: Float) { state.withLock { $0.append(value) } }

  public func append(contentsOf values: some Sequence<Float>) {
    let values = Array(values)
    state.withLock { for value in values { $0.append(value) } }
  }

  public var count: Int { state.withLock { $0.raw.count } }

  /// What is there now; later appends do not show in it.
  public var view: SeriesView { SeriesView(self, count: count) }

  func value(_ index: Int) -> Float { state.withLock { $0.raw[index] } }

  func values(_ range: Range<Int>) -> [Float] { state.withLock { Array($0.raw[range]) } }

  /// The newest finite value among the first `count`.
  func lastFinite(before count: Int) -> (index: Int, value: Float)? {
    state.withLock { state in
      guard let index = state.raw[..<count].lastIndex(where: \.isFinite) else { return nil }
      return (index, state.raw[index])
    }
  }

  func bucket(_ range: Range<Int>) -> SeriesBucket { state.withLock { $0.bucket(range) } }

  /// Buckets between consecutive `bounds`, under one lock.
  func buckets(_ bounds: [Int]) -> [SeriesBucket] {
    state.withLock { state in
      zip(bounds, bounds.dropFirst()).map { state.bucket($0..<max($0, $1)) }
    }
  }

  /// The smoothed values of the first `count`, kept beside this buffer and grown with it: each value is smoothed once.
  func smoothed(beta: Double, count: Int) -> SeriesView {
    state.withLock { state in
      if state.smoothers.count > 8 && state.smoothers[beta] == nil { state.smoothers.removeAll() }
      var smoother = state.smoothers[beta] ?? Smoother(average: MovingAverage(beta: beta), buffer: SeriesBuffer())
      let done = smoother.buffer.count
      if done < count {
        let next = state.raw[done..<count].map { smoother.average.add($0) }
        smoother.buffer.append(contentsOf: next)
        state.smoothers[beta] = smoother
      }
      return SeriesView(smoother.buffer, count: count)
    }
  }

  private struct Smoother {
    var average: MovingAverage
    var buffer: SeriesBuffer
  }

  private struct Block {
    var minimum: Float = .infinity
    var maximum: Float = -.infinity
    var finite: Int32 = 0
    var nonPositive: Int32 = 0

    mutating func join(_ other: Block) {
      minimum = min(minimum, other.minimum)
      maximum = max(maximum, other.maximum)
      finite += other.finite
      nonPositive += other.nonPositive
    }

    mutating func join(_ value: Float) {
      guard value.isFinite else { return }
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      finite += 1
      if value <= 0 { nonPositive += 1 }
    }
  }

  private struct State {
    var raw: [Float] = []
    /// `levels[k]` holds whole blocks of 4^(k+1) values.
    var levels: [[Block]] = []
    var smoothers: [Double: Smoother] = [:]

    mutating func append(_ value: Float) {
      raw.append(value)
      var level = 0
      var end = raw.count
      while end % 4 == 0 {
        end /= 4
        var block = Block()
        if level == 0 {
          for value in raw[(raw.count - 4)...] { block.join(value) }
        } else {
          for child in levels[level - 1][(end * 4 - 4)..<(end * 4)] { block.join(child) }
        }
        if levels.count == level { levels.append([]) }
        levels[level].append(block)
        level += 1
      }
    }

    func bucket(_ range: Range<Int>) -> SeriesBucket {
      let range = range.clamped(to: 0..<raw.count)
      guard let first = range.first, let last = range.last else { return SeriesBucket() }
      var block = Block()
      var index = range.lowerBound
      while index < range.upperBound {
        // The largest whole block that starts here and ends inside the range.
        var level = -1
        var size = 1
        while level + 1 < levels.count, index % (size * 4) == 0, index + size * 4 <= range.upperBound {
          level += 1
          size *= 4
        }
        if level < 0 { block.join(raw[index]) } else { block.join(levels[level][index / size]) }
        index += size
      }
      return SeriesBucket(
        first: raw[first], last: raw[last], minimum: block.finite > 0 ? block.minimum : .nan,
        maximum: block.finite > 0 ? block.maximum : .nan, finite: Int(block.finite),
        nonPositive: Int(block.nonPositive),
        count: range.count)
    }
  }
}
