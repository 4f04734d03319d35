/// A view of `rows` rows of `columns` FP32 values, `stride` values apart. Owns nothing.
///
/// `@unchecked Sendable`: only a pointer; the operations' documentation says what they read and write.
public struct Rows: @unchecked Sendable {
  public var base: UnsafeMutablePointer<Float>
  public var rows: Int
  public var columns: Int
  public var stride: Int

  public init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  @inline(__always)
  public func row(_ r: Int) -> UnsafeMutablePointer<Float> { base + r * stride }

  /// The view of `count` columns from column `start` on.
  public func columns(from start: Int, count: Int) -> Rows {
    Rows(base + start, rows: rows, columns: count, stride: stride)
  }

  /// The view of `count` rows from row `start` on.
  public func rows(from start: Int, count: Int) -> Rows {
    Rows(base + start * stride, rows: count, columns: columns, stride: stride)
  }
}

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
