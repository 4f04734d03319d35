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
    embedding.clear(w)
    if output !== embedding { output.clear(w) }
    finalNorm.clear(w)
    for block in blocks { block.clearNormGradients(w) }
  }
}

extension PassBlock {
  /// Zeroes the norms' gradients, which a pass only ever adds to.
  func clearNormGradients(_ w: Worker) {
    for norm in [inputNorm, postAttentionNorm] {
      norm.gradient?.clear(w)
      norm.biasGradient?.clear(w)
    }
  }

  /// Zeroes the linear layers' gradients, for a batch in which they get none.
  func clearLinearGradients(_ w: Worker) {
    for linear in linears {
      let buffers = [
        linear.lora?.gradA, linear.lora?.gradB, linear.lora?.gradMagnitude, linear.weightGradient, linear.biasGradient,
      ]
      for buffer in buffers { buffer?.clear(w) }
    }
  }
}

extension FloatBuffer {
  /// Zeroes everything, in blocks shared among the workers; ends with a barrier.
  func clear(_ w: Worker) {
    let block = 1 << 12
    w.forEachShard((count + block - 1) / block) { shard in
      (pointer + shard * block).update(repeating: 0, count: min(block, count - shard * block))
    }
    w.barrier()
  }
}
