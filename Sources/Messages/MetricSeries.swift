import Foundation
import Synchronization

/// An append-only series of one value a step that is shared between its writer and any number of snapshots, not copied.
///
/// A value of this type sees the first `count` values for ever: later appends through another copy do not show.
/// Index 0 is step 1. A series that lies in a store is read from there when its values are first asked for, so that a
/// store of thousands of runs opens as fast as one of ten.
public struct MetricSeries: Sendable {
  private let storage: Storage
  public private(set) var count: Int
  /// The value at `count - 1`, where it is known without reading the others.
  private var newest: Float?

  public init() {
    storage = Storage()
    count = 0
  }

  public init(_ values: some Sequence<Float>) {
    let values = Array(values)
    storage = Storage(values)
    count = values.count
  }

  /// A series that is read when it is needed, at most once.
  ///
  /// - Parameters:
  ///   - newest: its last value, where that is known already.
  ///   - parts: gives the values of some stretches, one after the other, or nil where they cannot be read now.
  ///   - load: gives `count` values, or nil where they cannot be read now: then they are not-a-number, and the next
  ///     reader asks again. Called on the reader's own thread.
  package init(
    count: Int, newest: Float?, parts: (@Sendable ([Range<Int>]) -> [Float]?)? = nil,
    load: @escaping @Sendable () -> [Float]?
  ) {
    storage = Storage(count: count, load, parts)
    self.count = count
    self.newest = newest
  }

  /// Only one writer may append; a copy that is behind the newest forks instead of overwriting.
  public mutating func append(_ value: Float) {
    if storage.append(value, at: count) {
      count += 1
      newest = nil
    } else {
      var fork = MetricSeries(values(0..<count))
      fork.append(value)
      self = fork
    }
  }

  /// The first `count` values, as a series of its own to go on from (a resumed run replaces later steps).
  public func truncated(to count: Int) -> MetricSeries { MetricSeries(values(0..<min(count, self.count))) }

  /// The first `count` values, in the same storage: nothing is copied, or read before it is asked for.
  package func prefix(_ count: Int) -> MetricSeries {
    guard count < self.count else { return self }
    var part = self
    part.count = max(0, count)
    part.newest = nil
    return part
  }

  public func values(_ range: Range<Int>) -> [Float] { storage.values(range.clamped(to: 0..<count)) }

  /// Its values are here: asking for them reads nothing from a store.
  package var isHere: Bool { storage.isHere }

  /// The values of some stretches, one after the other. Of a series that lies in a store these alone are read, where it can do that; they are
  /// not kept.
  package func values(ofEach stretches: [Range<Int>]) -> [Float] {
    storage.values(ofEach: stretches.map { $0.clamped(to: 0..<count) })
  }

  public var last: Float? {
    if let newest { return newest }
    return count > 0 ? storage.values(ofEach: [(count - 1)..<count]).first : nil
  }

  /// The last value where it is known without reading a store; nil where it is not.
  package var lastHere: Float? { newest != nil || isHere ? last : nil }

  /// Same storage: a reader that has copied `n` values of it needs only those after `n`.
  public func sharesStorage(with other: MetricSeries) -> Bool { storage === other.storage }

  private final class Storage: Sendable {
    private struct Contents {
      var values: [Float] = []
      /// Values that are in the store and not here yet.
      var waiting = 0
      var load: (@Sendable () -> [Float]?)?
      var parts: (@Sendable ([Range<Int>]) -> [Float]?)?

      mutating func take(_ loaded: [Float]) {
        guard load != nil else { return }
        values = loaded
        if values.count > waiting { values.removeLast(values.count - waiting) }
        while values.count < waiting { values.append(.nan) }
        (load, parts) = (nil, nil)
      }
    }

    private let contents: Mutex<Contents>

    init(_ values: [Float] = []) { contents = Mutex(Contents(values: values)) }

    init(
      count: Int, _ load: @escaping @Sendable () -> [Float]?, _ parts: (@Sendable ([Range<Int>]) -> [Float]?)?
    ) {
      contents = Mutex(Contents(waiting: count, load: load, parts: parts))
    }

    var isHere: Bool { contents.withLock { $0.load == nil } }

    /// False where the values cannot be read now. They are read outside of the lock: nobody waits for a store who asks what is here.
    private func fill() -> Bool {
      guard let load = contents.withLock({ $0.load }) else { return true }
      guard let loaded = load() else { return false }
      contents.withLock { $0.take(loaded) }
      return true
    }

    func append(_ value: Float, at index: Int) -> Bool {
      guard fill() else { return false }
      return contents.withLock {
        guard $0.values.count == index else { return false }
        $0.values.append(value)
        return true
      }
    }

    func values(_ range: Range<Int>) -> [Float] {
      guard fill() else { return Array(repeating: .nan, count: range.count) }
      // All of them are shared, not copied: a curve of a finished run is in memory once.
      return contents.withLock { range == $0.values.indices ? $0.values : Array($0.values[range]) }
    }

    func values(ofEach stretches: [Range<Int>]) -> [Float] {
      if let parts = contents.withLock({ $0.parts }) {
        let count = stretches.reduce(0) { $0 + $1.count }
        if let values = parts(stretches), values.count == count { return values }
        return Array(repeating: .nan, count: count)
      }
      guard fill() else { return Array(repeating: .nan, count: stretches.reduce(0) { $0 + $1.count }) }
      return contents.withLock { contents in stretches.flatMap { contents.values[$0] } }
    }
  }
}

extension MetricSeries {
  /// The newest value of the exponential moving average with bias correction; NaN where the series ends with a value that is not
  /// finite, nil without any. Values so far back that they change no digit of a Float are not read.
  ///
  /// - Parameter ofLogarithms: a geometric mean, as curves on a logarithmic axis are smoothed; of the positive values where there are any.
  package func newestAverage(beta: Double, ofLogarithms: Bool = false) -> Double? {
    guard let last else { return nil }
    guard last.isFinite else { return .nan }
    guard beta > 0 else { return Double(last) }
    var sum = 0.0
    var weight = 0.0
    var power = 1 - beta
    // From the newest back, a stretch at a time: short series are read once.
    var end = count
    while end > 0, power > Self.negligible {
      let start = max(0, end - Self.stretch)
      for value in values(ofEach: [start..<end]).reversed() where value.isFinite && (!ofLogarithms || value > 0) {
        sum += power * (ofLogarithms ? log(Double(value)) : Double(value))
        weight += power
        power *= beta
        if power <= Self.negligible { break }
      }
      end = start
    }
    guard weight > 0 else { return Double(last) }
    return Double(Float(ofLogarithms ? exp(sum / weight) : sum / weight))
  }

  private static let stretch = 256
  /// Beside the weight of the newest value, far below a Float's precision.
  private static let negligible = 1e-12
}
