import Kernels

/// Gradients of what is not in a block, where all parameters are trained.
struct HeadGradients: Sendable {
  /// `[vocabulary, hidden]`
  let embedding: FloatBuffer
  /// `[vocabulary, hidden]`; the same object as `embedding` when they are tied, so that it receives both contributions.
  let output: FloatBuffer
  /// `[hidden]`
  let finalNorm: FloatBuffer

  /// Zeroes what the passes only ever add to.
  func clear(_ w: Worker, blocks: [PassBlock]) {
    clear(w, embedding)
    if output !== embedding { clear(w, output) }
    clear(w, finalNorm)
    for block in blocks {
      for norm in [block.inputNorm, block.postAttentionNorm] {
        if let buffer = norm.gradient { clear(w, buffer) }
      }
    }
  }

  private func clear(_ w: Worker, _ buffer: FloatBuffer) {
    // The embedding's rows are as long as the final norm.
    let columns = finalNorm.count
    Elementwise.fill(w, Rows(buffer.pointer, rows: buffer.count / columns, columns: columns), 0)
  }
}
