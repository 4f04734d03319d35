import Kernels
import Recipe

/// One block as a pass sees it.
///
/// Linear layers that share an input write side by side into one matrix, whether they are one weight or three: what follows
/// need not know.
struct PassBlock: Sendable {
  let inputNorm: PassNorm?
  let postAttentionNorm: PassNorm?
  let attentionOutputNorm: PassNorm?
  let feedForwardOutputNorm: PassNorm?
  let queryNorm: PassNorm?
  let keyNorm: PassNorm?
  /// Queries and keys are normalised after they are turned.
  let normalizesTurned: Bool
  /// Factor of what joins the residual stream.
  let residualScale: Float
  let attention: AttentionShape
  /// Which of the model's rotary tables turns queries and keys.
  let rotary: Int?
  /// In the attention's place: `queries` are what goes into it then.
  let convolution: ShortConvolution?
  let delta: GatedDelta?
  /// The attention's output is gated.
  let gatesAttention: Bool
  let mixing: Mixing
  /// Queries, keys and values.
  let queries: [PassLinear]
  let output: PassLinear
  /// What goes into the activation.
  let gateUp: [PassLinear]
  let down: PassLinear

  /// - Parameters:
  ///   - weights: checked by `BaseModel`'s initialiser.
  ///   - configuration: the decoder's, or that of the tower's blocks.
  ///   - adapters: instead of `adapter`, those that groups of rows have.
  ///   - gradients: where everything is trained.
  init(
    layer: Int, weights: BlockWeights, configuration: ModelConfiguration, adapter: LoRAAdapter?,
    adapters: [LoRAAdapter]? = nil, gradients: BlockGradients? = nil, isVision: Bool = false
  ) {
    func norm(_ weight: FloatBuffer?, heads: Int) -> PassNorm? {
      weight.map { PassNorm(weight: $0, heads: heads, configuration: configuration) }
    }
    inputNorm = weights.inputNorm.map { weight in
      PassNorm(
        weight: weight, bias: weights.inputNormBias, configuration: configuration,
        gradient: gradients?.inputNorm, biasGradient: gradients?.inputNormBias)
    }
    postAttentionNorm = weights.postAttentionNorm.map { weight in
      PassNorm(
        weight: weight, bias: weights.postAttentionNormBias, configuration: configuration,
        gradient: gradients?.postAttentionNorm, biasGradient: gradients?.postAttentionNormBias)
    }
    attentionOutputNorm = norm(weights.attentionOutputNorm, heads: 1)
    feedForwardOutputNorm = norm(weights.feedForwardOutputNorm, heads: 1)
    let description = configuration.block
    let isWhole = description.headNorm == .allHeads
    queryNorm = norm(weights.queryNorm, heads: isWhole ? 1 : configuration.heads)
    keyNorm = norm(weights.keyNorm, heads: isWhole ? 1 : configuration.kvHeads)
    normalizesTurned = description.headNorm == .turnedHead
    residualScale = description.residualScale
    attention = AttentionShape(configuration, layer: layer)
    rotary = configuration.attention(of: layer).rotary
    convolution = weights.convolution.flatMap { taps in
      configuration.block.shortConvolution.map { ShortConvolution(taps: taps, width: $0.width) }
    }
    delta = weights.linearAttention.flatMap { linear in
      configuration.linearShape(of: layer).map { shape in
        GatedDelta(
          shape, taps: linear.taps, decay: linear.decay, timeBias: linear.timeBias, norm: linear.norm,
          epsilon: configuration.rmsNormEpsilon)
      }
    }
    gatesAttention = description.gatesAttention && configuration.attends(layer)
    mixing = configuration.mixing(of: layer)

    func linear(_ module: LinearModule) -> PassLinear? {
      let path = ModulePath(layer: layer, module: module, isVision: isVision)
      let lora = adapter?[path]
      return weights[module].map { weight in
        PassLinear(
          module: module, weight: weight, bias: weights.bias(of: module), start: module.start(in: configuration),
          lora: lora, dora: lora.flatMap { DoRAFactors(weight: weight, lora: $0) },
          adapters: adapters?.map { adapter in
            (adapter[path], adapter[path].flatMap { DoRAFactors(weight: weight, lora: $0) })
          },
          weightGradient: gradients?.weights[module], biasGradient: gradients?.biases[module], stream: path.stream)
      }
    }
    queries = [
      .qProj, .kProj, .vProj, .qkvProj, .convInProj, .linearQKVProj, .linearZProj, .linearBProj, .linearAProj,
    ].compactMap(linear)
    gateUp = [.gateProj, .upProj, .gateUpProj].compactMap(linear)
    guard let output = linear(.oProj) ?? linear(.convOutProj) ?? linear(.linearOutProj), let down = linear(.downProj)
    else {
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

extension PassBlock {
  /// Takes over the adapter's present magnitudes, A and B. Called by every worker of a region.
  func updateFactors(_ w: Worker) {
    for linear in linears {
      linear.dora?.update(w)
      for adapter in linear.adapters ?? [] { adapter.dora?.update(w) }
    }
  }

  /// The same outside regions, for passes whose adapter does not change.
  func updateFactors() {
    if linears.contains(where: \.hasDoRA) { WorkerTeam(threads: 1).run { updateFactors($0) } }
  }

  /// Zeroes the norms' gradients, which a pass only ever adds to.
  func clearNormGradients(_ w: Worker) {
    for norm in [inputNorm, postAttentionNorm] {
      norm?.gradient?.clear(w)
      norm?.biasGradient?.clear(w)
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

/// Gradients of all of a block's parameters, each as long as what it belongs to.
struct BlockGradients: Sendable {
  let inputNorm: FloatBuffer?
  let inputNormBias: FloatBuffer?
  let postAttentionNorm: FloatBuffer?
  let postAttentionNormBias: FloatBuffer?
  let weights: [LinearModule: FloatBuffer]
  let biases: [LinearModule: FloatBuffer]
}

extension PassNorm? {
  /// What is multiplied: `x` normalised in `room`, or `x` itself where there is no norm.
  func input(_ w: Worker, x: Rows, room: Rows, statistics: UnsafeMutablePointer<Float>?) -> Rows {
    guard let norm = self else { return x }
    norm.forward(w, x: x, into: room, statistics: statistics)
    return room
  }

  /// Adds to `dx` the gradient of the residual stream from `dy`, that of what `input` returned.
  func addGradient(_ w: Worker, dy: Rows, x: Rows, statistics: UnsafePointer<Float>, into dx: Rows) {
    guard let norm = self else { return Elementwise.add(w, into: dx, dy) }
    norm.backward(w, dy: dy, x: x, statistics: statistics, into: dx, accumulate: true)
  }
}

/// One norm as a pass sees it: a LayerNorm where there is a bias, else an RMS norm.
struct PassNorm: Sendable {
  let weight: FloatBuffer
  let bias: FloatBuffer?
  /// Parts of a row that are normalised by themselves, with the same weight.
  let heads: Int
  let weightOffset: Float
  let epsilon: Float
  /// As long as `weight`, where that is trained; both are added to.
  let gradient: FloatBuffer?
  let biasGradient: FloatBuffer?

  init(
    weight: FloatBuffer, bias: FloatBuffer? = nil, heads: Int = 1, configuration: ModelConfiguration,
    gradient: FloatBuffer? = nil, biasGradient: FloatBuffer? = nil
  ) {
    self.weight = weight
    self.bias = bias
    self.heads = heads
    weightOffset = configuration.block.normWeightOffset
    epsilon = configuration.rmsNormEpsilon
    self.gradient = gradient
    self.biasGradient = biasGradient
  }

  /// The norm before the head. A factor of the logits goes into its weights, so that no pass has a step of its own for it.
  init(before base: BaseModel, gradient: FloatBuffer? = nil) {
    let configuration = base.configuration
    let scale = configuration.logitScale
    let offset = configuration.block.normWeightOffset
    func scaled(_ buffer: FloatBuffer, offset: Float) -> FloatBuffer {
      scale == 1 ? buffer : FloatBuffer(buffer.array.map { ($0 + offset) * scale - offset })
    }
    self.init(
      weight: scaled(base.finalNorm, offset: offset), bias: base.finalNormBias.map { scaled($0, offset: 0) },
      configuration: configuration, gradient: gradient)
  }

  /// Floats that the backward pass needs of each row of the model's norms over the residual stream.
  static func statistics(_ configuration: ModelConfiguration) -> Int { configuration.block.norm == .layer ? 2 : 1 }

  /// The same for products that norm their input themselves; nil where they cannot.
  var streamed: StreamedNorm? {
    guard bias == nil, heads == 1 else { return nil }
    return StreamedNorm(weight: weight.pointer, weightOffset: weightOffset, epsilon: epsilon)
  }

  /// - Parameter statistics: `[T, 2]` with a bias, else `[T · heads]`; nil where no backward pass follows.
  func forward(_ w: Worker, x: Rows, into y: Rows, statistics: UnsafeMutablePointer<Float>?) {
    if let bias {
      LayerNorm.forward(
        w, x: x, weight: weight.pointer, bias: bias.pointer, epsilon: epsilon, into: y, statistics: statistics)
    } else {
      RMSNorm.forward(
        w, x: x, heads: heads, weight: weight.pointer, weightOffset: weightOffset, epsilon: epsilon, into: y,
        inverseRMS: statistics)
    }
  }

  func backward(
    _ w: Worker, dy: Rows, x: Rows, statistics: UnsafePointer<Float>, into dx: Rows, accumulate: Bool
  ) {
    if bias != nil {
      LayerNorm.backward(
        w, dy: dy, x: x, weight: weight.pointer, statistics: statistics, into: dx, accumulate: accumulate,
        dWeight: gradient?.pointer, dBias: biasGradient?.pointer)
    } else {
      RMSNorm.backward(
        w, dy: dy, x: x, heads: heads, weight: weight.pointer, weightOffset: weightOffset, inverseRMS: statistics,
        into: dx, accumulate: accumulate, dWeight: gradient?.pointer)
    }
  }
}
