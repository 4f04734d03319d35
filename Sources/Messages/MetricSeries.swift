import Synchronization

/// An append-only series of one value a step that is shared between its writer and any number of snapshots, not copied.
///
/// A value of this type sees the first `count` values for ever: later appends through another copy do not show.
/// Index 0 is step 1.
public struct MetricSeries: Sendable {
  private let storage: Storage
  public private(set) var count: Int

  public init() {
    storage = Storage()
    count = 0
  }

  public init(_ values: some Sequence<Float>) {
    self.init()
    for value in values { append(value) }
  }

  /// Only one writer may append; a copy that is behind the newest forks instead of overwriting.
  public mutating func append(_ value: Float) {
    if storage.append(value, at: count) {
      count += 1
    } else {
      var fork = MetricSeries(values(0..<count))
      fork.append(value)
      self = fork
    }
  }

  /// The first `count` values, as a series of its own to go on from (a resumed run replaces later steps).
  public func truncated(to count: Int) -> MetricSeries { MetricSeries(values(0..<min(count, self.count))) }

  public func values(_ range: Range<Int>) -> [Float] { storage.values(range.clamped(to: 0..<count)) }

  public var last: Float? { count > 0 ? storage.values((count - 1)..<count).first : nil }

  /// Same storage: a reader that has copied `n` values of it needs only those after `n`.
  public func sharesStorage(with other: MetricSeries) -> Bool { storage === other.storage }

  private final class Storage: Sendable {
    private let values = Mutex<[Float]>([])

    func append(_ value: Float, at index: Int) -> Bool {
      values.withLock {
        guard $0.count == index else { return false }
        $0.append(value)
        return true
      }
    }

    func values(_ range: Range<Int>) -> [Float] { values.withLock { Array($0[range]) } }
  }
}
