import Synchronization

/// The atomic flag that a runner looks at between two steps.
package final class RunControl: Sendable {
  /// Later cases are stronger: an order gives way only to a stronger one, and `go` and `hold` to each other.
  package enum Order: Int, CaseIterable, Sendable {
    case go
    /// Wait in memory until `go`: the store takes nothing at present.
    case hold
    /// Checkpoint, and give the machine back: a person asked for it.
    case pause
    /// The same, because the engine ends.
    case save
    /// End, and keep what was trained as a partial result.
    case stop
    case discard
    /// End at once and without a trace, as a kill would; for tests.
    case abandon
  }

  private let value = Atomic<Int>(0)

  var order: Order { Order(rawValue: value.load(ordering: .acquiring)) ?? .abandon }

  func set(_ order: Order) {
    var present = value.load(ordering: .acquiring)
    while order.rawValue > present || present == Order.hold.rawValue {
      let (exchanged, original) = value.compareExchange(
        expected: present, desired: order.rawValue, ordering: .acquiringAndReleasing)
      if exchanged { return }
      present = original
    }
  }

  /// The run must leave what it is doing.
  var mustEnd: Bool { order.rawValue > Order.hold.rawValue }
}
