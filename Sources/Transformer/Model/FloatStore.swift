import Kernels

/// Growing FP32 room that rows are cut from.
///
/// `@unchecked Sendable`: it grows in worker 0's hands before a barrier; afterwards who writes which rows is decided by the
/// shards of the operation that writes them.
final class FloatStore: @unchecked Sendable {
  private var buffer: FloatBuffer?

  /// Makes room for `rows * columns` floats; the contents are undefined afterwards if it grew.
  func reserve(_ rows: Int, _ columns: Int) {
    let needed = rows * columns
    guard needed > (buffer?.count ?? 0) else { return }
    buffer = nil
    buffer = FloatBuffer(count: needed)
  }

  /// The first `rows * columns` floats as a dense matrix. `reserve` must have made room.
  func rows(_ rows: Int, _ columns: Int) -> Rows {
    Rows(pointer, rows: rows, columns: columns)
  }

  var pointer: UnsafeMutablePointer<Float> {
    guard let buffer else { return Self.empty.pointer }
    return buffer.pointer
  }

  var byteCount: Int { (buffer?.count ?? 0) * MemoryLayout<Float>.stride }

  /// What an unused store points to; never read or written, since it is only cut into zero rows.
  private static let empty = FloatBuffer(count: 1)
}
