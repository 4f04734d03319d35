import Kernels

/// One block as a pass sees it.
struct PassBlock: Sendable {
  let inputNorm: FloatBuffer
  let postAttentionNorm: FloatBuffer
  /// `[hidden]`, where the norms are trained.
  let inputNormGradient: FloatBuffer?
  let postAttentionNormGradient: FloatBuffer?
  /// In canonical order.
  private let linears: [PassLinear]

  init(
    layer: Int, weights: BlockWeights, adapter: LoRAAdapter?, inputNormGradient: FloatBuffer? = nil,
    postAttentionNormGradient: FloatBuffer? = nil, weightGradients: [LinearModule: FloatBuffer] = [:]
  ) {
    inputNorm = weights.inputNorm
    postAttentionNorm = weights.postAttentionNorm
    self.inputNormGradient = inputNormGradient
    self.postAttentionNormGradient = postAttentionNormGradient
    linears = LinearModule.allCases.compactMap { module in
      // BaseModel's initialiser has seen that all seven are there.
      guard let weight = weights[module] else { return nil }
      return PassLinear(
        weight: weight, lora: adapter?[ModulePath(layer: layer, module: module)],
        weightGradient: weightGradients[module], stream: UInt64(layer) * 7 + UInt64(module.index))
    }
  }

  subscript(module: LinearModule) -> PassLinear { linears[module.index] }
}
