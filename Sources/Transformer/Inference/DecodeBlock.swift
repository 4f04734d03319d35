import Kernels

/// One block as decoding sees it.
final class DecodeBlock: Sendable {
  let inputNorm: PassNorm
  let postAttentionNorm: PassNorm
  let attentionOutputNorm: PassNorm?
  let feedForwardOutputNorm: PassNorm?
  let queryNorm: PassNorm?
  let keyNorm: PassNorm?
  let attention: AttentionShape
  /// Which of the model's rotary tables turns queries and keys.
  let rotary: Int?
  let queries: DecodeLinears
  let output: DecodeLinears
  let gateUp: DecodeLinears
  let down: DecodeLinears

  /// - Parameter streamedRows: as `DecodeLinears` takes it.
  init(layer: Int, base: BaseModel, adapter: LoRAAdapter?, streamedRows: Int?) {
    let block = PassBlock(
      layer: layer, weights: base.blocks[layer], configuration: base.configuration, adapter: adapter)
    block.updateFactors()
    inputNorm = block.inputNorm
    postAttentionNorm = block.postAttentionNorm
    attentionOutputNorm = block.attentionOutputNorm
    feedForwardOutputNorm = block.feedForwardOutputNorm
    queryNorm = block.queryNorm
    keyNorm = block.keyNorm
    attention = block.attention
    rotary = block.rotary
    queries = DecodeLinears(block.queries, streamedRows: streamedRows)
    output = DecodeLinears([block.output], streamedRows: streamedRows)
    gateUp = DecodeLinears(
      block.gateUp, gate: FeedForwardActivation(base.configuration).gate, streamedRows: streamedRows)
    down = DecodeLinears([block.down], streamedRows: streamedRows)
  }

  var largestRank: Int { [queries, output, gateUp, down].map(\.rank).max() ?? 0 }
  /// The most outputs of a layer with DoRA.
  var largestProduct: Int { [queries, output, gateUp, down].map(\.largestProduct).max() ?? 0 }
}
