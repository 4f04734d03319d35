import Kernels
import Recipe

/// A model of which every parameter is trained: FP32 weights that the optimiser writes in place, and a gradient for each.
public final class TrainableModel: Sendable {
  /// The weights as a model that passes, decoding and writing to files take. They change as training goes on.
  public let base: BaseModel
  /// In checkpoint order; a tied embedding once.
  public let tensors: [TrainableTensor]
  let passBlocks: [PassBlock]
  let headGradients: HeadGradients
  let visionGradients: VisionGradients?

  /// Normal initial values with deviation 0.02, as transformers initialises Llama; norms one.
  public convenience init(configuration: ModelConfiguration, seed: UInt64) throws(ModelError) {
    try Self.check(configuration)
    self.init(owning: try RandomWeights.model(configuration: configuration, seed: seed))
  }

  /// Starts from a copy of another model's weights, widened to FP32.
  public convenience init(copying model: BaseModel) throws(ModelError) {
    try Self.check(model.configuration)
    func copy(_ matrix: WeightMatrix) -> WeightMatrix {
      let copy = WeightMatrix(rows: matrix.rows, columns: matrix.columns, element: .float32)
      let target = copy.floatRows
      for row in 0..<matrix.rows { matrix.row(row, into: target.row(row)) }
      return copy
    }
    func copy(_ vector: FloatBuffer) -> FloatBuffer { FloatBuffer(vector.array) }
    func copy(_ blocks: [BlockWeights]) -> [BlockWeights] {
      blocks.map { block in
        var linears: [LinearModule: WeightMatrix] = [:]
        var biases: [LinearModule: FloatBuffer] = [:]
        for module in LinearModule.allCases {
          linears[module] = block[module].map { copy($0) }
          biases[module] = block.bias(of: module).map { copy($0) }
        }
        return BlockWeights(
          inputNorm: block.inputNorm.map { copy($0) }, inputNormBias: block.inputNormBias.map { copy($0) },
          postAttentionNorm: block.postAttentionNorm.map { copy($0) },
          postAttentionNormBias: block.postAttentionNormBias.map { copy($0) }, linears: linears, biases: biases)
      }
    }
    let vision = model.vision.map { vision in
      VisionWeights(
        patchEmbedding: copy(vision.patchEmbedding), patchBias: copy(vision.patchBias),
        positionEmbedding: copy(vision.positionEmbedding), blocks: copy(vision.blocks),
        postNorm: copy(vision.postNorm), postNormBias: copy(vision.postNormBias), connector: copy(vision.connector))
    }
    self.init(
      owning: try BaseModel(
        configuration: model.configuration, embedding: copy(model.embedding), blocks: copy(model.blocks),
        finalNorm: copy(model.finalNorm),
        output: model.output === model.embedding ? nil : copy(model.output), vision: vision))
  }

  /// Gradients are formed of matrices and of the two norms that every block has; a decoder with anything else cannot be
  /// trained whole. A vision tower can.
  private static func check(_ configuration: ModelConfiguration) throws(ModelError) {
    let block = configuration.block
    let whole =
      block.norm == .rms && block.normalizesInputs && !block.changesOutputs && !block.normalizesQueriesAndKeys
      && block.biases.isEmpty && !configuration.learnsPositions && configuration.embeddingScale == 1
      && configuration.logitScale == 1 && configuration.isUniform && !block.gatesAttention
    guard whole else {
      throw .configuration(
        "training all parameters is for Llama-type models only, not for \(configuration.modelType); train an adapter")
    }
  }

  /// Takes over FP32 weights that nobody else uses.
  private init(owning base: BaseModel) {
    self.base = base
    var tensors = TrainableTensors()
    let names = base.configuration.names
    let visionGradients = base.configuration.vision.flatMap { vision in
      base.vision.map { tensors.add($0, vision) }
    }
    let embedding = tensors.add("\(names.prefix)embed_tokens.weight", base.embedding)
    passBlocks = base.blocks.enumerated().map { layer, weights in
      let prefix = "\(names.blocks).\(layer)"
      return PassBlock(
        layer: layer, weights: weights, configuration: base.configuration, adapter: nil,
        gradients: tensors.add(
          weights, names: names, layer: layer, inputNorm: "\(prefix).input_layernorm",
          postAttentionNorm: "\(prefix).post_attention_layernorm"))
    }
    let finalNorm = tensors.add("\(names.prefix)norm.weight", base.finalNorm)
    let output = base.output === base.embedding ? embedding : tensors.add("lm_head.weight", base.output)
    self.tensors = tensors.all
    self.visionGradients = visionGradients
    headGradients = HeadGradients(embedding: embedding, output: output, finalNorm: finalNorm)
  }

  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }

  /// The tensor of that checkpoint name, for whoever sets initial values.
  public subscript(name: String) -> TrainableTensor? { tensors.first { $0.name == name } }
}

/// One parameter tensor and its gradient, as an optimiser wants them.
///
/// `@unchecked Sendable`: pointers into buffers that `TrainableModel` keeps alive; who writes them is decided by the shards of
/// the operations that do.
public struct TrainableTensor: @unchecked Sendable {
  /// The name that checkpoints use, such as `model.layers.0.self_attn.q_proj.weight`.
  public let name: String
  public let shape: [Int]
  public let parameters: UnsafeMutablePointer<Float>
  public let gradients: UnsafeMutablePointer<Float>
  public let count: Int
  /// Weight decay applies: matrices yes, norms no.
  public let decays: Bool
}

/// Collects a model's parameters under their checkpoint names, and makes a gradient for each.
struct TrainableTensors {
  private(set) var all: [TrainableTensor] = []

  /// - Parameter shape: the checkpoint's, where that is not the matrix's own.
  mutating func add(_ name: String, _ matrix: WeightMatrix, shape: [Int]? = nil) -> FloatBuffer {
    add(name, shape ?? [matrix.rows, matrix.columns], matrix.floatRows.base, decays: true)
  }

  mutating func add(_ name: String, _ vector: FloatBuffer) -> FloatBuffer {
    add(name, [vector.count], vector.pointer, decays: false)
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ parameters: UnsafeMutablePointer<Float>, decays: Bool
  ) -> FloatBuffer {
    let gradient = FloatBuffer(count: shape.reduce(1, *))
    all.append(
      TrainableTensor(
        name: name, shape: shape, parameters: parameters, gradients: gradient.pointer, count: gradient.count,
        decays: decays))
    return gradient
  }

  /// One block of decoder or tower. Norms come first, then each layer's weight and bias.
  mutating func add(
    _ weights: BlockWeights, names: ModuleNames, layer: Int, inputNorm: String, postAttentionNorm: String
  ) -> BlockGradients {
    let input = weights.inputNorm.map { add("\(inputNorm).weight", $0) }
    let inputBias = weights.inputNormBias.map { add("\(inputNorm).bias", $0) }
    let postAttention = weights.postAttentionNorm.map { add("\(postAttentionNorm).weight", $0) }
    let postAttentionBias = weights.postAttentionNormBias.map { add("\(postAttentionNorm).bias", $0) }
    var matrices: [LinearModule: FloatBuffer] = [:]
    var biases: [LinearModule: FloatBuffer] = [:]
    for module in LinearModule.allCases {
      guard let weight = weights[module] else { continue }
      let name = names.name(of: ModulePath(layer: layer, module: module))
      matrices[module] = add("\(name).weight", weight)
      biases[module] = weights.bias(of: module).map { add("\(name).bias", $0) }
    }
    return BlockGradients(
      inputNorm: input, inputNormBias: inputBias, postAttentionNorm: postAttention,
      postAttentionNormBias: postAttentionBias, weights: matrices, biases: biases)
  }

  /// Tower and connector.
  mutating func add(_ weights: VisionWeights, _ vision: VisionConfiguration) -> VisionGradients {
    let names = VisionNames.self
    let side = vision.patchSize
    let patchEmbedding = add(
      names.patchEmbedding, weights.patchEmbedding, shape: [vision.hiddenSize, 3, side, side])
    let patchBias = add(names.patchBias, weights.patchBias)
    let positions = add(names.positionEmbedding, weights.positionEmbedding)
    var blocks: [BlockGradients] = []
    for (layer, block) in weights.blocks.enumerated() {
      blocks.append(
        add(
          block, names: .siglip, layer: layer, inputNorm: names.inputNorm(layer),
          postAttentionNorm: names.postAttentionNorm(layer)))
    }
    let postNorm = add(names.postNorm, weights.postNorm)
    let postNormBias = add(names.postNormBias, weights.postNormBias)
    return VisionGradients(
      patchEmbedding: patchEmbedding, patchBias: patchBias, positionEmbedding: positions, postNorm: postNorm,
      postNormBias: postNormBias, connector: add(names.connector, weights.connector), blocks: blocks)
  }
}

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
