import Kernels
import Transformer

/// Takes a model's weights out of its files, each once.
struct WeightLoader {
  private let files: WeightFiles
  private let names: WeightNames
  private let configuration: ModelConfiguration
  private let progress: ((Double) -> Void)?

  init(files: WeightFiles, configuration: ModelConfiguration, progress: ((Double) -> Void)?) throws {
    self.files = files
    self.configuration = configuration
    self.progress = progress
    let whole = WeightNames(configuration: configuration)
    let headless = WeightNames(configuration: configuration, isHeadless: true)
    let isHeadless = files.file(of: whole.embedding) == nil && files.file(of: headless.embedding) != nil
    names = isHeadless ? headless : whole
    try checkNames()
  }

  func model() throws -> BaseModel {
    let hidden = configuration.hiddenSize
    let description = configuration.block
    let embedding = try matrix(names.embedding, configuration.vocabularySize, hidden)
    let positions =
      configuration.learnsPositions ? try matrix(names.positionEmbedding, configuration.maxPositions, hidden) : nil
    var blocks: [BlockWeights] = []
    for layer in 0..<configuration.layers {
      func norm(_ wanted: Bool, _ name: String, _ count: Int) throws -> FloatBuffer? {
        wanted ? try vector(name, count) : nil
      }
      let hasBias = description.norm == .layer
      let headNorms = description.normalizesQueriesAndKeys
      let outputNorms = description.normalizesOutputs
      blocks.append(
        BlockWeights(
          inputNorm: try vector(names.inputNorm(layer), hidden),
          inputNormBias: try norm(hasBias, names.inputNorm(layer, "bias"), hidden),
          postAttentionNorm: try vector(names.postAttentionNorm(layer), hidden),
          postAttentionNormBias: try norm(hasBias, names.postAttentionNorm(layer, "bias"), hidden),
          attentionOutputNorm: try norm(outputNorms, names.attentionOutputNorm(layer), hidden),
          feedForwardOutputNorm: try norm(outputNorms, names.feedForwardOutputNorm(layer), hidden),
          queryNorm: try norm(headNorms, names.queryNorm(layer), configuration.headSize),
          keyNorm: try norm(headNorms, names.keyNorm(layer), configuration.headSize),
          linears: try linears(layer), biases: try biases(layer)))
      progress?(Double(layer + 1) / Double(configuration.layers + 1))
    }
    let finalNorm = try vector(names.finalNorm, hidden)
    let finalNormBias = description.norm == .layer ? try vector(names.finalNormBias, hidden) : nil
    let output =
      configuration.tieWordEmbeddings ? nil : try matrix(WeightNames.output, configuration.vocabularySize, hidden)
    progress?(1)
    return try BaseModel(
      configuration: configuration, embedding: embedding, positionEmbedding: positions, blocks: blocks,
      finalNorm: finalNorm, finalNormBias: finalNormBias, output: output,
      vision: try configuration.vision.map { try vision($0) })
  }

  /// Tower and connector.
  private func vision(_ vision: VisionConfiguration) throws -> VisionWeights {
    let tower = vision.tower
    let width = vision.hiddenSize
    let blocks = try (0..<vision.layers).map { layer in
      let (input, postAttention) = (VisionNames.inputNorm(layer), VisionNames.postAttentionNorm(layer))
      var linears: [LinearModule: WeightMatrix] = [:]
      var biases: [LinearModule: FloatBuffer] = [:]
      for module in tower.modules {
        let shape = module.shape(in: tower)
        linears[module] = try matrix(WeightNames.visionLinear(layer, module), shape.rows, shape.columns)
        biases[module] = try vector(WeightNames.visionLinear(layer, module, "bias"), shape.rows)
      }
      return BlockWeights(
        inputNorm: try vector("\(input).weight", width), inputNormBias: try vector("\(input).bias", width),
        postAttentionNorm: try vector("\(postAttention).weight", width),
        postAttentionNormBias: try vector("\(postAttention).bias", width), linears: linears, biases: biases)
    }
    let side = vision.patchSize
    return VisionWeights(
      patchEmbedding: try file(VisionNames.patchEmbedding).matrix(
        VisionNames.patchEmbedding, rows: width, columns: 3 * side * side, shape: [width, 3, side, side]),
      patchBias: try vector(VisionNames.patchBias, width),
      positionEmbedding: try matrix(VisionNames.positionEmbedding, vision.patches, width), blocks: blocks,
      postNorm: try vector(VisionNames.postNorm, width), postNormBias: try vector(VisionNames.postNormBias, width),
      connector: try matrix(VisionNames.connector, configuration.hiddenSize, vision.shuffledWidth))
  }

  private func linears(_ layer: Int) throws -> [LinearModule: WeightMatrix] {
    var linears: [LinearModule: WeightMatrix] = [:]
    for module in configuration.modules {
      let shape = module.shape(in: configuration)
      linears[module] = try matrix(
        names.linear(layer, module), shape.rows, shape.columns, transposed: names.linearsAreTransposed)
    }
    return linears
  }

  private func biases(_ layer: Int) throws -> [LinearModule: FloatBuffer] {
    var biases: [LinearModule: FloatBuffer] = [:]
    for module in configuration.block.biases {
      biases[module] = try vector(names.linear(layer, module, "bias"), module.shape(in: configuration).rows)
    }
    return biases
  }

  private func matrix(_ name: String, _ rows: Int, _ columns: Int, transposed: Bool = false) throws -> WeightMatrix {
    try file(name).matrix(name, rows: rows, columns: columns, transposed: transposed)
  }

  private func vector(_ name: String, _ count: Int) throws -> FloatBuffer { try file(name).vector(name, count: count) }

  private func file(_ name: String) throws -> SafetensorsFile {
    guard let file = files.file(of: name) else { throw ModelError.missing(tensor: name) }
    return file
  }

  /// Refuses weights that the mathematics here has no place for (biases, extra norms, more layers).
  private func checkNames() throws {
    // Missing ones first: their number is bounded by config.json alone, that of the others by the files.
    for layer in 0..<configuration.layers where files.file(of: names.inputNorm(layer)) == nil {
      throw ModelError.missing(tensor: names.inputNorm(layer))
    }
    let known = names.all
    for name in files.names where !known.contains(name) {
      // Buffers of old checkpoints, and the copy of a tied table, which transformers ignores too.
      let isBuffer = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"].contains { name.hasSuffix($0) }
      if isBuffer || name == WeightNames.output { continue }
      throw SafetensorsError.tensor(
        files.file(of: name)?.path ?? "", name,
        "is not part of a \(configuration.modelType) model of this config.json; the model is of another kind")
    }
  }
}
