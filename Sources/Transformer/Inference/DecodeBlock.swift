import Kernels

/// One block as decoding sees it.
final class DecodeBlock: Sendable {
  let inputNorm: FloatBuffer
  let postAttentionNorm: FloatBuffer
  let qkv: DecodeLinears
  let output: DecodeLinears
  let gateUp: DecodeLinears
  let down: DecodeLinears

  init(layer: Int, base: BaseModel, adapter: LoRAAdapter?) {
    let weights = base.blocks[layer]
    inputNorm = weights.inputNorm
    postAttentionNorm = weights.postAttentionNorm
    func linears(_ modules: LinearModule...) -> DecodeLinears {
      DecodeLinears(layer: layer, modules: modules, weights: weights, adapter: adapter)
    }
    qkv = linears(.qProj, .kProj, .vProj)
    output = linears(.oProj)
    gateUp = linears(.gateProj, .upProj)
    down = linears(.downProj)
  }

  var largestRank: Int { [qkv, output, gateUp, down].map(\.rank).max() ?? 0 }
}
