import Kernels

/// A model of which every parameter is trained: FP32 weights that the optimiser writes in place, and a gradient for each.
public final class TrainableModel: Sendable {
  /// The weights as a model that passes, decoding and writing to files take. They change as training goes on.
  public let base: BaseModel
  /// In checkpoint order; a tied embedding once.
  public let tensors: [TrainableTensor]
  let passBlocks: [PassBlock]
  let headGradients: HeadGradients

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
    let blocks = model.blocks.map { block in
      var linears: [LinearModule: WeightMatrix] = [:]
      for module in LinearModule.allCases { linears[module] = block[module].map { copy($0) } }
      return BlockWeights(
        inputNorm: copy(block.inputNorm), postAttentionNorm: copy(block.postAttentionNorm), linears: linears)
    }
    self.init(
      owning: try BaseModel(
        configuration: model.configuration, embedding: copy(model.embedding), blocks: blocks,
        finalNorm: copy(model.finalNorm),
        output: model.output === model.embedding ? nil : copy(model.output)))
  }

  /// Gradients are formed of matrices and of the two norms that every block has; a block with anything else cannot be
  /// trained whole.
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
    var tensors: [TrainableTensor] = []
    func add(_ name: String, _ matrix: WeightMatrix) -> FloatBuffer {
      let gradient = FloatBuffer(count: matrix.rows * matrix.columns)
      tensors.append(
        TrainableTensor(
          name: name, shape: [matrix.rows, matrix.columns], parameters: matrix.floatRows.base,
          gradients: gradient.pointer, count: gradient.count, decays: true))
      return gradient
    }
    func add(_ name: String, _ vector: FloatBuffer) -> FloatBuffer {
      let gradient = FloatBuffer(count: vector.count)
      tensors.append(
        TrainableTensor(
          name: name, shape: [vector.count], parameters: vector.pointer, gradients: gradient.pointer,
          count: gradient.count, decays: false))
      return gradient
    }
    let embedding = add("model.embed_tokens.weight", base.embedding)
    var blocks: [PassBlock] = []
    for (layer, weights) in base.blocks.enumerated() {
      let prefix = "model.layers.\(layer)"
      let inputNorm = add("\(prefix).input_layernorm.weight", weights.inputNorm)
      let postAttentionNorm = add("\(prefix).post_attention_layernorm.weight", weights.postAttentionNorm)
      var gradients: [LinearModule: FloatBuffer] = [:]
      for module in LinearModule.allCases {
        guard let weight = weights[module] else { continue }
        gradients[module] = add("\(ModulePath(layer: layer, module: module)).weight", weight)
      }
      blocks.append(
        PassBlock(
          layer: layer, weights: weights, configuration: base.configuration, adapter: nil,
          normGradients: (inputNorm, postAttentionNorm), weightGradients: gradients))
    }
    let finalNorm = add("model.norm.weight", base.finalNorm)
    let output = base.output === base.embedding ? embedding : add("lm_head.weight", base.output)
    self.tensors = tensors
    passBlocks = blocks
    headGradients = HeadGradients(embedding: embedding, output: output, finalNorm: finalNorm)
  }

  public var parameterCount: Int { tensors.reduce(0) { $0 + $1.count } }
}
