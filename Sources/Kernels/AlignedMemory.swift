enum AlignedMemory {
  static let alignment = 64

  /// Zeroed memory, released with `deallocate()`. A vector's worth of slack at the end lets nothing read outside.
  static func zeroed(byteCount: Int) -> UnsafeMutableRawPointer {
    let size = byteCount + alignment
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    return memory
  }
}
