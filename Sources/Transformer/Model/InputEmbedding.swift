import Kernels

/// What enters the first block: the tokens' embeddings, scaled, and their positions' where those are learned; at an image's
/// tokens the features of the image instead.
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

  /// Of a batch, whose images `tower` is prepared for.
  static func forward(
    _ w: Worker, base: BaseModel, batch: PackedBatch, tower: VisionTower?, dropout: DropoutPlan?, into x: Rows
  ) {
    forward(w, base: base, tokens: batch.tokens.pointer, positions: batch.positions.pointer, into: x)
    guard let tower, batch.imageRows.count > 0 else { return }
    RowSelection.place(w, tower.forward(w, dropout: dropout), at: batch.imageRows.pointer, in: x)
  }
}
