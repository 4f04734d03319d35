import Kernels
import Recipe
import Text
import Transformer

/// Takes a model's weights out of its files, each once.
struct WeightLoader {
  private let files: any WeightSource
  private let names: WeightNames
  private let configuration: ModelConfiguration
  private let notices: [String]
  private let progress: ((Double) -> Void)?
  /// Of the table of embeddings. A head that is tied to it may be the one of the two that was saved.
  private let embeddingName: String

  /// - Parameter notices: of the configuration.
  init(
    files: any WeightSource, configuration: ModelConfiguration, notices: [String] = [], progress: ((Double) -> Void)?
  ) throws {
    self.files = files
    self.configuration = configuration
    self.notices = notices
    self.progress = progress
    let whole = WeightNames(configuration: configuration)
    let headless = WeightNames(configuration: configuration, isHeadless: true)
    let isHeadless = !files.has(whole.embedding) && files.has(headless.embedding)
    names = isHeadless ? headless : whole
    let hasTable = files.has(names.embedding)
    let hasHead = files.has(WeightNames.output)
    embeddingName = configuration.tieWordEmbeddings && !hasTable && hasHead ? WeightNames.output : names.embedding
    try checkNames()
  }

  // MARK: Without reading weights

  /// Every tensor that is read.
  private var wanted: Set<String> { names.all.subtracting([names.embedding]).union([embeddingName]) }

  var outline: ModelOutline {
    let bytes = wanted.reduce(0) { sum, name in
      guard let extent = files.extent(of: name) else { return sum }
      return sum + extent.elements * extent.element.byteCount
    }
    var notices = notices
    if hasOwnHead {
      notices.append(
        "\(files.place): has an lm_head beside the embeddings that config.json ties it to; the two are compared when it is loaded"
      )
    }
    notices += LeftOutWeights(names: names).notices(files.names, place: files.place) + files.notices(of: wanted)
    return ModelOutline(
      configuration: configuration, byteCount: bytes,
      element: files.extent(of: embeddingName)?.element ?? .float32, notices: notices)
  }

  func checkMemory() throws {
    try MemoryShortage.check(outline.byteCount, for: "\(files.place): the weights") { _ in
      "use a smaller model, or a machine (or limit) with more memory"
    }
  }

  /// The file has a head of its own although the configuration ties it to the embeddings.
  private var hasOwnHead: Bool {
    configuration.tieWordEmbeddings && embeddingName != WeightNames.output && files.has(WeightNames.output)
  }

  /// A head that is tied in the configuration and different in the file would be another model: transformers 5 takes the file's
  /// head then, and transformers 4 the embeddings.
  private func checkTiedHead(_ embedding: WeightMatrix) throws {
    guard hasOwnHead, try !files.holds(embedding, as: WeightNames.output) else { return }
    throw files.error(
      WeightNames.output,
      "differs from the embeddings, and config.json ties the two (tie_word_embeddings): set it to false in config.json to use this "
        + "head, as transformers 5 does, or delete the tensor to use the embeddings, as transformers 4 does")
  }

  // MARK: Reading weights

  func model() throws -> BaseModel {
    let hidden = configuration.hiddenSize
    let description = configuration.block
    let embedding = try matrix(embeddingName, configuration.vocabularySize, hidden)
    try checkTiedHead(embedding)
    let positions =
      configuration.learnsPositions ? try matrix(names.positionEmbedding, configuration.maxPositions, hidden) : nil
    var blocks: [BlockWeights] = []
    for layer in 0..<configuration.layers {
      func norm(_ wanted: Bool, _ name: String, _ count: Int) throws -> FloatBuffer? {
        wanted ? try vector(name, count) : nil
      }
      let hasBias = description.norm == .layer
      let headNorms = description.normalizesQueriesAndKeys && configuration.attends(layer)
      let outputNorms = description.normalizesOutputs
      blocks.append(
        BlockWeights(
          inputNorm: try norm(description.normalizesInputs, names.inputNorm(layer), hidden),
          inputNormBias: try norm(hasBias, names.inputNorm(layer, "bias"), hidden),
          postAttentionNorm: try norm(description.normalizesInputs, names.postAttentionNorm(layer), hidden),
          postAttentionNormBias: try norm(hasBias, names.postAttentionNorm(layer, "bias"), hidden),
          attentionOutputNorm: try norm(outputNorms, names.attentionOutputNorm(layer), hidden),
          feedForwardOutputNorm: try norm(outputNorms, names.feedForwardOutputNorm(layer), hidden),
          queryNorm: try norm(headNorms, names.queryNorm(layer), configuration.headNormSizes.query),
          keyNorm: try norm(headNorms, names.keyNorm(layer), configuration.headNormSizes.key),
          convolution: try configuration.convolves(layer) ? convolution(layer) : nil,
          linearAttention: try configuration.recurs(layer) ? linearAttention(layer) : nil,
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
      patchEmbedding: try files.matrix(
        VisionNames.patchEmbedding, rows: width, columns: 3 * side * side, transposed: false,
        shape: [width, 3, side, side]),
      patchBias: try vector(VisionNames.patchBias, width),
      positionEmbedding: try matrix(VisionNames.positionEmbedding, vision.patches, width), blocks: blocks,
      postNorm: try vector(VisionNames.postNorm, width), postNormBias: try vector(VisionNames.postNormBias, width),
      connector: try matrix(VisionNames.connector, configuration.hiddenSize, vision.shuffledWidth))
  }

  private func linears(_ layer: Int) throws -> [LinearModule: WeightMatrix] {
    var linears: [LinearModule: WeightMatrix] = [:]
    for module in configuration.modules(of: layer) {
      let shape = module.shape(in: configuration)
      linears[module] = try matrix(
        names.linear(layer, module), shape.rows, shape.columns, transposed: names.linearsAreTransposed)
    }
    return linears
  }

  private func convolution(_ layer: Int) throws -> FloatBuffer {
    try taps(
      names.convolution(layer), features: configuration.hiddenSize,
      width: configuration.block.shortConvolution?.width ?? 0)
  }

  private func linearAttention(_ layer: Int) throws -> LinearAttentionWeights? {
    guard let shape = configuration.block.linearAttention?.shape else { return nil }
    return LinearAttentionWeights(
      taps: try taps(names.linearConvolution(layer), features: shape.channels, width: shape.width),
      decay: try vector(names.linearDecay(layer), shape.valueHeads),
      timeBias: try vector(names.linearTimeBias(layer), shape.valueHeads),
      norm: try vector(names.linearNorm(layer), shape.valueSize))
  }

  /// `[width, features]`, the present token's factors first; the file has them feature by feature, and last.
  private func taps(_ name: String, features: Int, width: Int) throws -> FloatBuffer {
    let values = try files.matrix(
      name, rows: features, columns: width, transposed: false, shape: [features, 1, width]
    ).toFloats()
    return FloatBuffer(
      (0..<width).flatMap { tap in (0..<features).map { values[$0 * width + width - 1 - tap] } })
  }

  private func biases(_ layer: Int) throws -> [LinearModule: FloatBuffer] {
    var biases: [LinearModule: FloatBuffer] = [:]
    for module in configuration.block.biases {
      biases[module] = try vector(names.linear(layer, module, "bias"), module.shape(in: configuration).rows)
    }
    return biases
  }

  private func matrix(_ name: String, _ rows: Int, _ columns: Int, transposed: Bool = false) throws -> WeightMatrix {
    try files.matrix(name, rows: rows, columns: columns, transposed: transposed, shape: nil)
  }

  private func vector(_ name: String, _ count: Int) throws -> FloatBuffer { try files.vector(name, count: count) }

  /// Refuses weights that the mathematics here has no place for (biases, extra norms, more layers), and what is missing or of
  /// another type.
  private func checkNames() throws {
    let first = names.landmark(0)
    // Missing ones first: their number is bounded by config.json alone, that of the others by the files.
    for layer in 0..<configuration.layers where !files.has(names.landmark(layer)) {
      throw foreign(wanted: layer == 0 ? first : nil) ?? files.missing(names.landmark(layer))
    }
    let known = names.all
    let leftOut = LeftOutWeights(names: names)
    for name in files.names where !known.contains(name) {
      // The copy of a tied table is compared when it is loaded.
      if name == WeightNames.output || leftOut.contains(name) { continue }
      throw foreign(wanted: nil) ?? files.stranger(name, in: configuration.modelType)
    }
    for name in wanted.sorted() {
      guard files.has(name) else {
        if name == WeightNames.output { throw noHead }
        throw files.missing(name)
      }
      if let problem = files.problem(with: name) { throw problem }
    }
  }

  private func foreign(wanted: String?) -> ModelFolderError? {
    ForeignWeights.problem(files.names, wanted: wanted ?? names.landmark(0)).map { .data(files.place, $0) }
  }

  private var noHead: ModelFolderError {
    if let head = files.names.first(where: LeftOutWeights(names: names).isHead) {
      return .data(
        files.place,
        "has no \(WeightNames.output) but \(OneLine.name(head)), the head of another task; use the language model that it was trained from"
      )
    }
    return .data(
      files.place,
      "has no \(WeightNames.output), and config.json says that the head is the model's own (tie_word_embeddings false): set it to true if "
        + "the model ties its head to the embeddings; otherwise save the whole model, head included")
  }
}
