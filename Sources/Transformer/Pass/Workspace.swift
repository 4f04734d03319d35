import Kernels

/// Room that every block of a pass uses in turn.
final class Workspace: Sendable {
  /// `[T, hidden]` normalised inputs, and gradients of them.
  let normed = FloatStore()
  /// `[T, intermediate]` what comes out of the activation, and its gradient.
  let wide = FloatStore()
  /// `[T, max in]` dropped inputs of a LoRA branch, with dropout only.
  let dropped = FloatStore()
  /// `[M, max in]` and `[M, max out]` of the M rows that have an adapter where others have none: their inputs and outputs' gradients.
  let adaptedInputs = FloatStore()
  let adaptedOutputs = FloatStore()
  /// `[N, hidden]` the residual stream above the top block.
  let final = FloatStore()

  /// `[T, hidden]` gradient of the residual stream.
  let gradient = FloatStore()
  /// `[N, hidden]` the same, while only the head rows are under way.
  let headGradient = FloatStore()
  let dAttention = FloatStore()
  /// `[N, heads·size]`
  let dAttentionHead = FloatStore()
  /// `[T, (heads + 2·kvHeads)·size]` gradients of queries, keys and values; `[T, 3·hidden]` of what a short convolution mixes.
  let dHeads = FloatStore()
  /// `[T, hidden]` gradient of what is normalised before it joins the residual stream, where anything is.
  let dProjected = FloatStore()
  /// `[T, rank]` s·dy·B of up to four linears that share an input.
  let v = [FloatStore(), FloatStore(), FloatStore(), FloatStore()]
  /// What linear attention needs of each token while it is under way.
  private let mixing = FloatStore()

  /// For one chunk of head rows: `[chunk, hidden]` normalised, `[chunk, 1 or 2]`, `[chunk, vocabulary]`, `[chunk, hidden]`.
  let hidden = FloatStore()
  let hiddenStatistics = FloatStore()
  let logits = FloatStore()
  let dHidden = FloatStore()
  /// `[N]`
  let losses = FloatStore()

  func reserveMixing(_ tokens: Int, _ mixing: Mixing) {
    if mixing.room > 0 { self.mixing.reserve(tokens, mixing.room) }
  }

  /// `[T, roomColumns]` and `[T, valueHeads]`.
  func mixing(_ tokens: Int, _ shape: GatedDeltaShape) -> (rows: Rows, statistics: UnsafeMutablePointer<Float>) {
    let rows = mixing.rows(tokens, shape.roomColumns)
    return (rows, rows.base + tokens * shape.roomColumns)
  }

  var byteCount: Int {
    let stores = [
      mixing, normed, wide, dropped, final, gradient, headGradient, dAttention, dAttentionHead, dHeads, dProjected,
      hidden, hiddenStatistics, logits, dHidden, losses, adaptedInputs, adaptedOutputs,
    ]
    return (stores + v).reduce(0) { $0 + $1.byteCount }
  }
}

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

/// How many head rows have their logits in memory at once.
enum HeadChunk {
  /// 100 MB of logits: each chunk goes over the whole output projection twice, forward and backward, and packs it anew at least once, which
  /// with 128 rows of 49 152 took a twenty-fifth of a step; with 512 and more, a hundredth. Never fewer than 128, so that it stays a matrix
  /// product, nor more than are multiplied without packing the weight.
  static func rows(vocabulary: Int) -> Int { max(128, min(768, (3 << 23) / max(1, vocabulary))) }
}
