import Synchronization
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

enum AlignedMemory {
  static let alignment = 64
  /// Linux on x86-64 and arm64 gives pages of 2 MB to who asks for them.
  static let hugePage = 2 << 20

  /// Zeroed memory, released with `deallocate()`. A vector's worth of slack at the end lets nothing read outside.
  ///
  /// What is large lies in huge pages where the system has them: matrix rows are a page apart, and in a virtual
  /// machine a miss in the address translation walks two trees of page tables.
  static func zeroed(byteCount: Int) -> UnsafeMutableRawPointer {
    let size = byteCount + alignment
    let large = size >= hugePage
    var place: UnsafeMutableRawPointer?
    guard posix_memalign(&place, large ? hugePage : alignment, size) == 0, let memory = place else {
      giveUp(byteCount)
    }
    #if os(Linux)
      // A wish: without huge pages all is the same, only slower.
      if large { _ = madvise(memory, size, Int32(MADV_HUGEPAGE)) }
    #endif
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return memory
  }

  /// What is large is compared with the memory that there is before it is asked for; this is for what comes between. Ends the
  /// process with one line and `EX_UNAVAILABLE`: in the middle of a product there is nowhere to go back to.
  private static func giveUp(_ byteCount: Int) -> Never {
    let line =
      "lorascope: the system refused \(byteCount) bytes of memory; end other programs, raise the limit (ulimit -v), or make "
      + "the run smaller; a run that has a checkpoint goes on with `lorascope resume`\n"
    line.utf8.withContiguousStorageIfAvailable { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = write(STDERR_FILENO, base, rest.count)
        if count <= 0 { break }
        rest = rest.dropFirst(count)
      }
    }
    exit(69)
  }
}

/// A stretch of zeroed memory in huge pages that many weights are cut from, one behind the other.
///
/// A small model's matrices are smaller than a huge page, and streaming them from small ones costs a fifth of the reading
/// rate. The weights keep their slab alive, and nothing is used twice.
///
/// `@unchecked Sendable`: `base` never changes, and no byte of it is handed out twice, since `take` runs under the lock of
/// `current`.
final class WeightSlab: @unchecked Sendable {
  /// Pages that are never touched cost nothing, so this may be generous.
  private static let size = 64 << 20
  private static let current = Mutex<WeightSlab?>(nil)

  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  private var used = 0

  private init?(capacity: Int) {
    let flags = MAP_PRIVATE | MAP_ANON
    guard let memory = mmap(nil, capacity, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
      return nil
    }
    #if os(Linux)
      // A wish: without huge pages all is the same, only slower.
      _ = madvise(memory, capacity, Int32(MADV_HUGEPAGE))
    #endif
    base = memory
    self.capacity = capacity
  }

  deinit { munmap(base, capacity) }

  /// Zeroed memory, aligned as ``AlignedMemory`` aligns, and what keeps it; nil where the system has none to give, or the
  /// request is large enough for pages of its own.
  static func cut(byteCount: Int) -> (memory: UnsafeMutableRawPointer, slab: WeightSlab)? {
    let alignment = AlignedMemory.alignment
    // A vector's worth of slack lies behind each.
    let size = (byteCount + 2 * alignment - 1) & ~(alignment - 1)
    guard size <= Self.size / 4 else { return nil }
    return current.withLock { current in
      if let current, let memory = current.take(size) { return (memory, current) }
      guard let fresh = WeightSlab(capacity: Self.size), let memory = fresh.take(size) else { return nil }
      current = fresh
      return (memory, fresh)
    }
  }

  private func take(_ size: Int) -> UnsafeMutableRawPointer? {
    guard used + size <= capacity else { return nil }
    defer { used += size }
    return base + used
  }
}
