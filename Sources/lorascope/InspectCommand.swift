import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Recipe
import Text
import Training
import Transformer

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "What a model is, its modules and shapes, and for each combination of its module groups, and for a vision tower, adapter "
      + "parameters and memory."
  )

  @Argument(help: "'builtin', a Hugging Face model folder, or a GGUF file.") var model: String
  @Option(help: "LoRA rank; single module groups may have their own: 8,o_proj=16.", transform: GroupedArgument.read)
  var rank = GroupedValue<Int>(common: 8, byGroup: ByGroup())
  @Option(help: "Sequences of a batch, for the memory of a run.") var batchSize = 8
  @Option(help: "Tokens of a sequence, for the memory of a run.") var sequenceLength = 256
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.rank(rank)
    guard (1...65_536).contains(batchSize) else { throw ValidationError("--batch-size must be from 1 to 65536") }
    guard (1...1_048_576).contains(sequenceLength) else {
      throw ValidationError("--sequence-length must be from 1 to 1048576")
    }
  }

  func run() throws {
    var flags = ModelFlags()
    flags.model = model
    let folder = try ModelPlace.folder(of: flags.reference)
    // Shapes alone: a model that does not fit into memory can be looked at, too.
    let base = try ModelFolder.outline(at: folder)
    let (tokenizer, problem) = tokenizer(folder)
    var report = try InspectReport(
      model: model, base: base, tokenizer: tokenizer, rank: rank, batchSize: batchSize, sequenceLength: sequenceLength)
    if let problem { report.notices.append(problem) }
    // What begins and ends a text for the model's tokenizer.
    if let tokenizer { report.texts = Tokenising(tokenizer).facts }
    if json.json { return try JSONOutput.print(report) }
    print("\(model)\n" + (report.architecture + report.texts).joined(separator: "\n"))
    print("\(report.parameters) parameters, \(report.bytes) bytes of weights in memory (\(report.element))\n")
    print(
      RunTable.table([["module", "out", "in"]] + report.modules.map { [$0.name, "\($0.rows)", "\($0.columns)"] })
        .joined(separator: "\n"))
    print(
      "\nadapters of rank \(rank.words), and the memory of a run with batches of \(report.batchSize) × \(report.sequenceLength) tokens"
        + (base.configuration.vision == nil ? "" : ", an image in each")
    )
    print(
      RunTable.table(
        report.combinations.map {
          [
            $0.targets, "\($0.adapterParameters)", String(format: "%.2f %% of base", 100 * $0.shareOfBase),
            String(format: "%.0f MB", Double($0.runBytes) / 1e6), $0.fits ? "" : "more than is free",
          ]
        }
      ).joined(separator: "\n"))
    let memory = report.memory
    print(
      "\n\(MemoryShortage.text(memory.availableBytes)) of the \(MemoryShortage.text(memory.totalBytes)) \(memory.limit) are free"
    )
    for notice in report.notices { print("note: \(notice)") }
  }

  /// The folder's tokenizer, or why it cannot be read.
  private func tokenizer(_ folder: URL) -> (Tokenizer?, String?) {
    let file = folder.appendingPathComponent("tokenizer.json").path
    guard GGUFFile.path(of: folder) != nil || FileManager.default.fileExists(atPath: file) else {
      return (nil, "the folder has no tokenizer.json: it can be scored by token ids, but neither trained nor asked")
    }
    do { return (try Tokenizer(folder: folder), nil) } catch { return (nil, Failure.line(error)) }
  }
}

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
  /// Absent where all groups have the one rank.
  var rankByGroup: ByGroup<Int>?
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
    model: String, base: ModelOutline, tokenizer: Tokenizer? = nil, rank: GroupedValue<Int>, batchSize: Int,
    sequenceLength: Int,
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
    let settings = rank.settings()
    self.rank = settings.rank
    rankByGroup = settings.rankByGroup.isEmpty ? nil : settings.rankByGroup
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
    for targets in configuration.linears.combinations + (configuration.vision == nil ? [] : [.vision]) {
      let specification = try LoRASpecification(
        targets: targets, in: configuration, settings: settings)
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

  /// What was read from `config.json` or a GGUF file's metadata, a line for each thing that differs from Llama.
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
      "norm \(block.norm == .layer ? "LayerNorm" : "RMS")"
        + "\(block.normalizesOutputs ? block.normalizesInputs ? ", outputs too" : ", of outputs alone" : "")"
        + "\(block.normalizesQueriesAndKeys ? ", queries and keys too\(headNorm)" : ""); activation \(block.activation.rawValue), "
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
    if block.residualScale != 1 { lines.append("what joins the residual stream times \(block.residualScale)") }
    if configuration.logitScale != 1 { lines.append("logits times \(configuration.logitScale)") }
    if configuration.embeddingScale != 1 { lines.append("embeddings times \(configuration.embeddingScale)") }
    return lines
  }

  private var headNorm: String {
    switch configuration.block.headNorm {
    case .head: ""
    case .allHeads: " over all heads"
    case .turnedHead: " after RoPE"
    }
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
    if let convolution = configuration.block.shortConvolution {
      lines.append(
        "short convolutions over \(convolution.width) tokens instead of attention: layers "
          + convolution.layers.map(String.init).joined(separator: ", "))
    }
    if let linear = configuration.block.linearAttention {
      lines.append(
        "linear attention (gated delta rule, \(linear.shape.valueHeads) heads of \(linear.shape.keySize)×\(linear.shape.valueSize)) instead of "
          + "attention: layers " + linear.layers.map(String.init).joined(separator: ", "))
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
    case .yarn(let factor, _, _, let original, _, _): "YaRN by \(factor) from \(Int(original)) positions"
    case .longRoPE: "a divisor for each frequency, for sequences up to \(configuration.maxPositions) positions"
    }
  }
}
