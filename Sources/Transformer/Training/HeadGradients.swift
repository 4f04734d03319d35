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
    var buffers = [embedding, finalNorm]
    if output !== embedding { buffers.append(output) }
    for block in blocks { buffers += [block.inputNormGradient, block.postAttentionNormGradient].compactMap { $0 } }
    for buffer in buffers { Elementwise.fill(w, Rows(buffer.pointer, rows: 1, columns: buffer.count), 0) }
  }
}
