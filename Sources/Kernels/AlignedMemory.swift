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
