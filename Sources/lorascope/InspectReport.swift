import HuggingFace
import Recipe
import Text
import Transformer

/// What `inspect` says of a model.
struct InspectReport: Encodable {
  struct Module: Encodable {
    var name: String
    var rows: Int
    var columns: Int
  }

  struct Combination: Encodable {
    var targets: String
    var adapterParameters: Int
    var shareOfBase: Double
    /// Weights, adapter, optimiser and activations of a run; with a tower, of an image in each sequence.
    var runBytes: Int
    /// Into what is free at present.
    var fits: Bool
  }

  /// What a run may take on this machine.
  struct Memory: Encodable {
    var totalBytes: Int
    var availableBytes: Int
    /// What sets the limit, in words.
    var limit: String

    init(_ limit: MemoryLimit) {
      totalBytes = limit.total
      availableBytes = limit.available
      self.limit = limit.source.words
    }
  }

  var model: String
  var configuration: ModelConfiguration
  var parameters: Int
  var bytes: Int
  var element: String
  var rank: Int
  var batchSize: Int
  var sequenceLength: Int
  var modules: [Module]
  var combinations: [Combination]
  /// What begins a text and what ends an answer, a line each.
  var texts: [String] = []
  var memory: Memory
  /// What a person should know of the files, a line each.
  var notices: [String]

  /// - Parameter tokenizer: nil where the folder has none that is read.
  init(
    model: String, base: ModelOutline, tokenizer: Tokenizer? = nil, rank: Int, batchSize: Int, sequenceLength: Int,
    limit: MemoryLimit = .current
  ) throws {
    let configuration = base.configuration
    memory = Memory(limit)
    notices = base.notices + (tokenizer?.notices ?? [])
    if let tokenizer, Int(tokenizer.largestID) >= configuration.vocabularySize {
      notices.append(
        "the tokenizer has ids up to \(tokenizer.largestID), and the model \(configuration.vocabularySize) rows: texts with the others are "
          + "refused; is it the model's tokenizer?")
    }
    self.model = model
    self.configuration = configuration
    parameters = base.parameterCount
    bytes = base.byteCount
    element = base.element.rawValue
    self.rank = rank
    self.batchSize = batchSize
    self.sequenceLength = min(sequenceLength, configuration.maxPositions)
    modules = configuration.modules.map { module in
      let shape = module.shape(in: configuration)
      return Module(name: configuration.names.name(of: module), rows: shape.rows, columns: shape.columns)
    }
    combinations = []
    if let tower = configuration.vision?.tower {
      modules += tower.modules.map { module in
        let shape = module.shape(in: tower)
        return Module(
          name: "\(Targets.visionName): \(tower.names.name(of: module))", rows: shape.rows, columns: shape.columns)
      }
    }
    for targets in Targets.fifteen + (configuration.vision == nil ? [] : [.vision]) {
      let specification = try LoRASpecification(
        targets: targets, in: configuration, rank: rank, alpha: Float(2 * rank))
      let count = specification.parameterCount(in: configuration)
      let run =
        TrainingMemory.adapter(specification, in: configuration)
        + TrainingMemory.activations(
          configuration: configuration, specification: specification, sequences: batchSize,
          length: self.sequenceLength, images: configuration.vision == nil ? 0 : batchSize)
      combinations.append(
        Combination(
          targets: targets.label, adapterParameters: count, shareOfBase: Double(count) / Double(parameters),
          runBytes: bytes + run, fits: bytes + run <= limit.available))
    }
  }

  /// What was read from `config.json`, a line for each thing that differs from Llama.
  var architecture: [String] {
    let block = configuration.block
    var lines = [
      "\(configuration.modelType): \(configuration.layers) layers, hidden \(configuration.hiddenSize), "
        + "\(configuration.heads) heads over \(configuration.kvHeads) KV heads of \(configuration.headSize), intermediate "
        + "\(configuration.intermediateSize), vocabulary \(configuration.vocabularySize), "
        + "\(configuration.tieWordEmbeddings ? "tied" : "own") output, at most \(configuration.maxPositions) positions"
    ]
    let feedForward = block.feedForward == .plain ? "not gated" : "gated"
    lines.append(
      "norm \(block.norm == .layer ? "LayerNorm" : "RMS")\(block.normalizesOutputs ? ", outputs too" : "")"
        + "\(block.normalizesQueriesAndKeys ? ", queries and keys too" : ""); activation \(block.activation.rawValue), "
        + feedForward)
    if !block.biases.isEmpty {
      lines.append("biases: " + block.biases.map { configuration.names.name(of: $0) }.joined(separator: ", "))
    }
    lines += positions
    if let vision = configuration.vision {
      lines.append(
        "vision: \(vision.layers) layers, hidden \(vision.hiddenSize), \(vision.heads) heads, intermediate "
          + "\(vision.intermediateSize), images of \(vision.imageSize) pixels in \(vision.patches) patches, "
          + "\(vision.tokensPerImage) tokens each")
    }
    let caps = [("attention", block.attentionSoftCap), ("logits", configuration.logitSoftCap)]
    for case (let name, let cap?) in caps { lines.append("soft cap of \(name): \(cap)") }
    if let scale = block.attentionScale { lines.append("attention scale: \(scale)") }
    if configuration.embeddingScale != 1 { lines.append("embeddings times \(configuration.embeddingScale)") }
    return lines
  }

  private var positions: [String] {
    if configuration.learnsPositions { return ["positions: learned"] }
    var lines = configuration.rotary.enumerated().map { index, rotary in
      let name = configuration.rotary.count > 1 ? "RoPE \(index)" : "RoPE"
      let part = rotary.dimensions.map { ", \($0) of \(configuration.headSize) features" } ?? ""
      return "\(name): theta \(rotary.theta)\(part), scaling \(scaling(rotary.scaling))"
    }
    let layers = configuration.block.layers
    func list(_ name: String, _ chosen: (LayerAttention) -> Bool) {
      let indices = layers.indices.filter { chosen(layers[$0]) }
      if !indices.isEmpty { lines.append("\(name): layers \(indices.map(String.init).joined(separator: ", "))") }
    }
    list("without RoPE") { $0.rotary == nil }
    for window in Set(layers.compactMap(\.window)).sorted() { list("window of \(window)") { $0.window == window } }
    for index in configuration.rotary.indices.dropFirst() { list("RoPE \(index)") { $0.rotary == index } }
    return lines
  }

  private func scaling(_ scaling: RotaryDescription.Scaling) -> String {
    switch scaling {
    case .none: "none"
    case .linear(let factor): "linear by \(factor)"
    case .llama3(let factor, _, _, let original): "llama3 by \(factor) from \(Int(original)) positions"
    case .longRoPE: "longrope, for sequences up to the original length"
    }
  }
}
