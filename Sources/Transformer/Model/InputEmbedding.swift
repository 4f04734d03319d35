import Kernels

/// What enters the first block: the tokens' embeddings, scaled, and their positions' where those are learned.
enum InputEmbedding {
  /// - Parameters:
  ///   - tokens, positions: `[count]`.
  ///   - x: `[count, hidden]`.
  static func forward(
    _ w: Worker, base: BaseModel, tokens: UnsafePointer<Int32>, positions: UnsafePointer<Int32>, into x: Rows
  ) {
    Embedding.forward(w, tokens: tokens, count: x.rows, table: base.embedding, into: x)
    if base.configuration.embeddingScale != 1 { Elementwise.scale(w, x, base.configuration.embeddingScale) }
    if let table = base.positionEmbedding {
      Embedding.forward(w, tokens: positions, count: x.rows, table: table, into: x, accumulate: true)
    }
  }
}
