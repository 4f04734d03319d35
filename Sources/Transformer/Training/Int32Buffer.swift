/// Growing storage for token ids and row numbers.
///
/// `@unchecked Sendable`: one worker writes it before a barrier, all read it after, as the region's structure prescribes.
final class Int32Buffer: @unchecked Sendable {
  private(set) var pointer: UnsafeMutablePointer<Int32>
  private(set) var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1) {
    self.capacity = max(1, capacity)
    pointer = .allocate(capacity: self.capacity)
  }

  deinit { pointer.deallocate() }

  /// Replaces the contents.
  func assign(_ values: some Collection<Int32>) {
    if values.count > capacity {
      pointer.deallocate()
      capacity = values.count
      pointer = .allocate(capacity: capacity)
    }
    count = values.count
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  subscript(index: Int) -> Int32 { pointer[index] }
}
