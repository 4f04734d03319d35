/// FP32 storage, aligned to 64 bytes and zeroed.
///
/// `@unchecked Sendable`: the pointer never changes; who writes which elements, and when, is decided by the structure
/// of the region (shards between barriers), which is what every operation's documentation states.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Float>

  public init(count: Int) {
    precondition(count >= 0, "FloatBuffer of negative size")
    self.count = count
    pointer = AlignedMemory.zeroed(byteCount: count * MemoryLayout<Float>.stride).assumingMemoryBound(to: Float.self)
  }

  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
    }
  }

  public var array: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }
}
