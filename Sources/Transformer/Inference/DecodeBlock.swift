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

  init(layer: Int, base: BaseModel, adapter: LoRAAdapter?) {
    let block = PassBlock(
      layer: layer, weights: base.blocks[layer], configuration: base.configuration, adapter: adapter)
    inputNorm = block.inputNorm
    postAttentionNorm = block.postAttentionNorm
    attentionOutputNorm = block.attentionOutputNorm
    feedForwardOutputNorm = block.feedForwardOutputNorm
    queryNorm = block.queryNorm
    keyNorm = block.keyNorm
    attention = block.attention
    rotary = block.rotary
    queries = DecodeLinears(block.queries)
    output = DecodeLinears([block.output])
    gateUp = DecodeLinears(block.gateUp)
    down = DecodeLinears([block.down])
  }

  var largestRank: Int { [queries, output, gateUp, down].map(\.rank).max() ?? 0 }
}
