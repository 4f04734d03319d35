/// A row-major weight `[rows = out, columns = in]`, as a checkpoint stores it, in FP32 or bfloat16.
///
/// One copy serves every use: the products pack panels of it on the fly (from either orientation), and decoding
/// streams its rows.
///
/// `@unchecked Sendable`: frozen after it was filled; a trainable one is written only by an optimiser step, between
/// barriers.
public final class WeightMatrix: @unchecked Sendable {
  public let rows: Int
  public let columns: Int
  public let element: WeightElement
  public let base: UnsafeMutableRawPointer
  private let owner: AnyObject?

  /// A zeroed weight that owns its memory.
  public init(rows: Int, columns: Int, element: WeightElement) {
    precondition(rows >= 0 && columns >= 0, "WeightMatrix of negative size")
    self.rows = rows
    self.columns = columns
    self.element = element
    if let cut = WeightSlab.cut(byteCount: rows * columns * element.byteCount) {
      base = cut.memory
      owner = cut.slab
    } else {
      base = AlignedMemory.zeroed(byteCount: rows * columns * element.byteCount)
      owner = nil
    }
  }

  /// A weight over memory that `owner` keeps alive (a buffer, or the mapping of a file).
  public init(rows: Int, columns: Int, element: WeightElement, base: UnsafeMutableRawPointer, owner: AnyObject) {
    self.rows = rows
    self.columns = columns
    self.element = element
    self.base = base
    self.owner = owner
  }

  /// A float32 weight. - Parameter floats: `rows · columns` values, row-major.
  public convenience init(rows: Int, columns: Int, floats: [Float]) {
    precondition(floats.count == rows * columns, "WeightMatrix: \(floats.count) values for \(rows)×\(columns)")
    self.init(rows: rows, columns: columns, element: .float32)
    floats.withUnsafeBytes { source in
      if let start = source.baseAddress { base.copyMemory(from: start, byteCount: source.count) }
    }
  }

  deinit { if owner == nil { base.deallocate() } }

  public var byteCount: Int { rows * columns * element.byteCount }

  /// The elements of a float32 weight as rows. Must not be asked of a bfloat16 weight.
  public var floatRows: Rows {
    precondition(element == .float32, "floatRows of a bfloat16 weight")
    return Rows(base.assumingMemoryBound(to: Float.self), rows: rows, columns: columns)
  }

  /// Row `r`, widened to FP32: `columns` values.
  public func row(_ r: Int, into destination: UnsafeMutablePointer<Float>) {
    switch element {
    case .float32:
      destination.update(from: base.assumingMemoryBound(to: Float.self) + r * columns, count: columns)
    case .bfloat16:
      let source = base.assumingMemoryBound(to: UInt16.self) + r * columns
      for column in 0..<columns { destination[column] = Float(bitPattern: UInt32(source[column]) << 16) }
    }
  }

  /// All values, row-major, widened to FP32.
  public func toFloats() -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      if let start = buffer.baseAddress { for r in 0..<rows { row(r, into: start + r * columns) } }
      count = rows * columns
    }
  }
}

/// How a weight lies in memory. Arithmetic is FP32 in either case.
public enum WeightElement: String, Sendable, Codable {
  case float32, bfloat16

  public var byteCount: Int { self == .float32 ? 4 : 2 }

  /// FP32 to bfloat16, to nearest, ties to even; what is no number stays none.
  @inlinable
  package static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
