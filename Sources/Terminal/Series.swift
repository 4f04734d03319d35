import Foundation
import Synchronization

/// Append-only values by index with a min/max pyramid, shared between its writer and any number of views.
///
/// The lowest level of the pyramid joins sixteen values into (min, max, counts), each further one four blocks of the level below, so the
/// extremes of any range cost O(log n). NaN and infinities are gaps: they never reach a minimum or maximum. 10⁶ values are 4 MB and 1.3 MB of
/// pyramid.
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
    state.withLock { $0.append(contentsOf: values) }
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

  /// Of rising values among the first `count`: where each of `bounds` begins to be reached, or to be passed.
  func firstIndices(_ bounds: [Float], passing: Bool, before count: Int) -> [Int] {
    state.withLock { state in
      bounds.map { bound in
        var low = 0
        var high = count
        while low < high {
          let middle = (low + high) / 2
          let isBefore = passing ? state.raw[middle] <= bound : state.raw[middle] < bound
          if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
      }
    }
  }

  func bucket(_ range: Range<Int>) -> SeriesBucket { state.withLock { $0.bucket(range) } }

  /// Buckets between consecutive `bounds`, under one lock. A chart asks for the same ones in every frame in which other curves have grown:
  /// what was cut once is kept, for a series only grows.
  func buckets(_ bounds: [Int]) -> [SeriesBucket] {
    state.withLock { state in
      if let known = state.cuts.first(where: { $0.bounds == bounds }) { return known.buckets }
      let buckets = zip(bounds, bounds.dropFirst()).map { state.bucket($0..<max($0, $1)) }
      // Of two widths: labels of an axis may take a column more than was thought at first.
      if state.cuts.count > 1 { state.cuts.removeFirst() }
      state.cuts.append((bounds, buckets))
      return buckets
    }
  }

  /// The smoothed values of the first `count`, kept beside this buffer and grown with it: each value is smoothed once.
  func smoothed(beta: Double, scale: AxisScale, count: Int) -> SeriesView {
    state.withLock { state in
      let key = SmootherKey(beta: beta, scale: scale)
      if state.smoothers.count > 8 && state.smoothers[key] == nil { state.smoothers.removeAll() }
      var smoother =
        state.smoothers[key] ?? Smoother(average: MovingAverage(beta: beta, scale: scale), buffer: SeriesBuffer())
      let done = smoother.buffer.count
      if done < count {
        let next = state.raw[done..<count].map { smoother.average.add($0) }
        smoother.buffer.append(contentsOf: next)
        state.smoothers[key] = smoother
      }
      return SeriesView(smoother.buffer, count: count)
    }
  }

  private struct SmootherKey: Hashable {
    var beta: Double
    var scale: AxisScale
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
    /// `levels[k]` holds whole blocks of 16 · 4^k values.
    var levels: [[Block]] = []
    var smoothers: [SmootherKey: Smoother] = [:]
    /// What was cut into buckets last.
    var cuts: [(bounds: [Int], buckets: [SeriesBucket])] = []

    static let lowest = 16

    mutating func append(_ value: Float) {
      raw.append(value)
      if raw.count % Self.lowest == 0 { join(upTo: raw.count) }
    }

    /// An array that the buffer begins with is shared, not copied.
    mutating func append(contentsOf values: [Float]) {
      let start = raw.count
      if raw.isEmpty { raw = values } else { raw.append(contentsOf: values) }
      if values.count >= Self.many { reserve() }
      for end in stride(from: (start / Self.lowest + 1) * Self.lowest, through: raw.count, by: Self.lowest) {
        join(upTo: end)
      }
    }

    /// Room for the blocks of all values and no more: an array that grows by itself doubles.
    private mutating func reserve() {
      var blocks = raw.count / Self.lowest
      var level = 0
      while blocks > 0 {
        if levels.count == level { levels.append([]) }
        levels[level].reserveCapacity(blocks)
        blocks /= 4
        level += 1
      }
    }

    /// Values from which on that is worth while.
    private static let many = 4096

    /// The blocks that end with this many values, a multiple of the lowest block.
    private mutating func join(upTo end: Int) {
      var block = Block()
      for value in raw[(end - Self.lowest)..<end] { block.join(value) }
      var level = 0
      var end = end / Self.lowest
      while true {
        if levels.count == level { levels.append([]) }
        levels[level].append(block)
        guard end % 4 == 0 else { return }
        end /= 4
        block = Block()
        for child in levels[level][(end * 4 - 4)..<(end * 4)] { block.join(child) }
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
        var next = Self.lowest
        while level + 1 < levels.count, index % next == 0, index + next <= range.upperBound {
          level += 1
          size = next
          next *= 4
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

/// The first `count` values of a buffer, for ever the same: buffers only grow.
public struct SeriesView: Sendable {
  public let count: Int
  private let buffer: SeriesBuffer

  public static let empty = SeriesView(SeriesBuffer(), count: 0)

  public init(_ buffer: SeriesBuffer, count: Int) {
    self.buffer = buffer
    self.count = count
  }

  /// A view of values of its own, for tests and short series.
  public init(_ values: some Sequence<Float>) { self = SeriesBuffer(values).view }

  public var isEmpty: Bool { count == 0 }

  /// NaN outside.
  public subscript(index: Int) -> Float { index >= 0 && index < count ? buffer.value(index) : .nan }

  public var last: Float? { count > 0 ? buffer.value(count - 1) : nil }

  /// The newest finite value and its index.
  public var lastFinite: (index: Int, value: Float)? { buffer.lastFinite(before: count) }

  public func values(_ range: Range<Int>) -> [Float] { buffer.values(range.clamped(to: 0..<count)) }

  /// Of a series that rises: the first index whose value is at least each bound; `count` where none is.
  public func firstIndices(reaching bounds: [Float]) -> [Int] {
    buffer.firstIndices(bounds, passing: false, before: count)
  }

  /// Of a series that rises: the first index whose value is above each bound; `count` where none is.
  public func firstIndices(beyond bounds: [Float]) -> [Int] {
    buffer.firstIndices(bounds, passing: true, before: count)
  }

  public func bucket(_ range: Range<Int>) -> SeriesBucket { buffer.bucket(range.clamped(to: 0..<count)) }

  /// Buckets between consecutive indices; indices are clamped to what is there.
  func buckets(_ bounds: [Int]) -> [SeriesBucket] { buffer.buckets(bounds.map { min(max(0, $0), count) }) }

  /// The exponential moving average with bias correction of all values up to each index; β = 0 is the series itself.
  ///
  /// - Parameter scale: of the axis on which it is drawn. On a logarithmic one logarithms are averaged, so that the curve runs
  ///   through the middle of what is seen: an average of the values themselves would lie far above a falling curve. There values ≤ 0
  ///   are gaps.
  public func smoothed(beta: Double, scale: AxisScale = .linear) -> SeriesView {
    beta <= 0 || count == 0 ? self : buffer.smoothed(beta: beta, scale: scale, count: count)
  }
}

extension SeriesView: Equatable {
  /// The same buffer up to the same value.
  public static func == (left: SeriesView, right: SeriesView) -> Bool {
    left.buffer === right.buffer && left.count == right.count
  }
}

/// What M4 decimation keeps of a range of values (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", 2014).
public struct SeriesBucket: Equatable, Sendable {
  /// The values at both ends, finite or not.
  public var first: Float = .nan
  public var last: Float = .nan
  /// Extremes of the finite values; NaN when there is none.
  public var minimum: Float = .nan
  public var maximum: Float = .nan
  public var finite = 0
  /// Finite values ≤ 0, which a log axis cannot show.
  public var nonPositive = 0
  public var count = 0

  public var nonFinite: Int { count - finite }
}

/// Exponential moving average with bias correction: s ← βs + (1−β)y, shown as s/(1−βⁿ) (Kingma & Ba 2015, section 3).
///
/// For a logarithmic axis y is the value's logarithm, and what is shown the power of the average: a geometric mean.
public struct MovingAverage: Sendable, Equatable {
  public let beta: Double
  public let scale: AxisScale
  private var sum = 0.0
  private var power = 1.0

  /// The choices of the dashboard; .9 is its default.
  public static let betas = [0, 0.6, 0.9, 0.97, 0.99]

  /// `beta` is clamped to 0…0.9999.
  public init(beta: Double, scale: AxisScale = .linear) {
    self.beta = min(max(0, beta), 0.9999)
    self.scale = scale
  }

  /// The average after `value`. What cannot be drawn (NaN, infinities, on a logarithmic axis what is not positive) leaves the average
  /// as it is and returns NaN: a gap stays a gap.
  public mutating func add(_ value: Float) -> Float {
    guard value.isFinite, scale == .linear || value > 0 else { return .nan }
    sum = beta * sum + (1 - beta) * (scale == .log ? log(Double(value)) : Double(value))
    power *= beta
    let average = sum / (1 - power)
    return Float(scale == .log ? exp(average) : average)
  }
}
