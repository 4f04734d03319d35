import Kernels
import Recipe

/// One block as a pass sees it.
///
/// Linear layers that share an input write side by side into one matrix, whether they are one weight or three: what follows
/// need not know.
struct PassBlock: Sendable {
  let inputNorm: PassNorm
  let postAttentionNorm: PassNorm
  let attentionOutputNorm: PassNorm?
  let feedForwardOutputNorm: PassNorm?
  let queryNorm: PassNorm?
  let keyNorm: PassNorm?
  let attention: AttentionShape
  /// Which of the model's rotary tables turns queries and keys.
  let rotary: Int?
  /// Queries, keys and values.
  let queries: [PassLinear]
  let output: PassLinear
  /// What goes into the activation.
  let gateUp: [PassLinear]
  let down: PassLinear

  /// - Parameters:
  ///   - weights: checked by `BaseModel`'s initialiser.
  ///   - configuration: the decoder's, or that of the tower's blocks.
  ///   - gradients: where everything is trained.
  init(
    layer: Int, weights: BlockWeights, configuration: ModelConfiguration, adapter: LoRAAdapter?,
    gradients: BlockGradients? = nil, isVision: Bool = false
  ) {
    func norm(_ weight: FloatBuffer?, heads: Int) -> PassNorm? {
      weight.map { PassNorm(weight: $0, heads: heads, configuration: configuration) }
    }
    inputNorm = PassNorm(
      weight: weights.inputNorm, bias: weights.inputNormBias, configuration: configuration,
      gradient: gradients?.inputNorm, biasGradient: gradients?.inputNormBias)
    postAttentionNorm = PassNorm(
      weight: weights.postAttentionNorm, bias: weights.postAttentionNormBias, configuration: configuration,
      gradient: gradients?.postAttentionNorm, biasGradient: gradients?.postAttentionNormBias)
    attentionOutputNorm = norm(weights.attentionOutputNorm, heads: 1)
    feedForwardOutputNorm = norm(weights.feedForwardOutputNorm, heads: 1)
    queryNorm = norm(weights.queryNorm, heads: configuration.heads)
    keyNorm = norm(weights.keyNorm, heads: configuration.kvHeads)
    attention = AttentionShape(configuration, layer: layer)
    rotary = configuration.attention(of: layer).rotary

    func linear(_ module: LinearModule) -> PassLinear? {
      let path = ModulePath(layer: layer, module: module, isVision: isVision)
      let lora = adapter?[path]
      return weights[module].map { weight in
        PassLinear(
          module: module, weight: weight, bias: weights.bias(of: module), start: module.start(in: configuration),
          lora: lora, dora: lora.flatMap { DoRAFactors(weight: weight, lora: $0) },
          weightGradient: gradients?.weights[module], biasGradient: gradients?.biases[module], stream: path.stream)
      }
    }
    queries = [.qProj, .kProj, .vProj, .qkvProj].compactMap(linear)
    gateUp = [.gateProj, .upProj, .gateUpProj].compactMap(linear)
    guard let output = linear(.oProj), let down = linear(.downProj) else {
      preconditionFailure("BaseModel's initialiser has seen that every module is there")
    }
    self.output = output
    self.down = down
  }

  /// In canonical order.
  var linears: [PassLinear] { queries + [output] + gateUp + [down] }
}

extension AttentionShape {
  init(_ configuration: ModelConfiguration, layer: Int) {
    self.init(
      heads: configuration.heads, kvHeads: configuration.kvHeads, headSize: configuration.headSize,
      scale: configuration.block.attentionScale, window: configuration.attention(of: layer).window,
      softCap: configuration.block.attentionSoftCap, isCausal: configuration.block.isCausal)
  }
}
