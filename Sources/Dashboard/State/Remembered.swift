import Synchronization

/// What follows from the state and costs a pass over all runs, kept for as long as its causes stay the same: panes, keys and
/// their reasons ask for it many times a frame.
///
/// Copies of a state share it, so that a key has to name everything that the value follows from.
package final class Remembered<Key: Equatable & Sendable, Value: Sendable>: Sendable {
  private let last = Mutex<(key: Key, value: Value)?>(nil)

  package init() {}

  package func value(for key: Key, _ make: () -> Value) -> Value {
    if let known = last.withLock({ $0?.key == key ? $0?.value : nil }) { return known }
    let value = make()
    last.withLock { $0 = (key, value) }
    return value
  }
}

/// Numbers that no two snapshots of the program share.
enum Serial {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
