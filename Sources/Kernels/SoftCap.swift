/// Soft-capping of logits, as in Gemma 2: `x = cap · tanh(x / cap)`.
///
/// For decoding and scoring; training has it within ``CrossEntropy/forwardBackward(_:logits:targets:scale:losses:softCap:)``.
public enum SoftCap {
  /// In place.
  public static func apply(_ w: Worker, x: Rows, cap: Float) {
    let m = Microkernel.table
    Shards.forEachRow(w, rows: x.rows, columns: x.columns) { t in m.softCap(x.row(t), x.columns, 1, cap) }
  }
}
