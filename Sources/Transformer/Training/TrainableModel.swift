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
          inputNorm: copy(block.inputNorm), inputNormBias: block.inputNormBias.map { copy($0) },
          postAttentionNorm: copy(block.postAttentionNorm),
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
      block.norm == .rms && !block.normalizesOutputs && !block.normalizesQueriesAndKeys && block.biases.isEmpty
      && !configuration.learnsPositions && configuration.embeddingScale == 1
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
