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
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: large ? hugePage : alignment)
    #if os(Linux)
      // A wish: without huge pages all is the same, only slower.
      if large { _ = madvise(memory, size, Int32(MADV_HUGEPAGE)) }
    #endif
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return memory
  }
}
