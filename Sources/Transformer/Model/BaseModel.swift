import Kernels
import Synchronization

/// A Llama-style decoder's weights. Nothing here changes after loading (only `TrainableModel` writes its own copy), so any
/// number of concurrent runs share one.
public final class BaseModel: Sendable {
  public typealias BlockWeights = Transformer.BlockWeights

  public let configuration: ModelConfiguration
  /// `[vocabulary, hidden]`
  public let embedding: WeightMatrix
  public let blocks: [BlockWeights]
  /// `[hidden]`
  public let finalNorm: FloatBuffer
  /// `[vocabulary, hidden]`; the same object as `embedding` when they are tied.
  public let output: WeightMatrix
  private let rope: Mutex<RoPETable>

  /// Checks every shape against the configuration. `output` nil: the embedding table.
  public init(
    configuration: ModelConfiguration, embedding: WeightMatrix, blocks: [BlockWeights], finalNorm: FloatBuffer,
    output: WeightMatrix?
  ) throws(ModelError) {
    try configuration.validate()
    self.configuration = configuration
    self.embedding = embedding
    self.blocks = blocks
    self.finalNorm = finalNorm
    if configuration.tieWordEmbeddings {
      self.output = embedding
    } else {
      guard let output else { throw .missing(tensor: "lm_head.weight") }
      self.output = output
    }
    rope = Mutex(RotaryAngles.table(configuration: configuration, positions: min(configuration.maxPositions, 512)))
    try checkShapes()
  }

  private func checkShapes() throws(ModelError) {
    func check(_ name: String, _ matrix: WeightMatrix, _ rows: Int, _ columns: Int) throws(ModelError) {
      guard matrix.rows == rows, matrix.columns == columns else {
        throw .shape(
          tensor: name, expected: "[\(rows), \(columns)]", found: "[\(matrix.rows), \(matrix.columns)]")
      }
    }
    func check(_ name: String, _ vector: FloatBuffer) throws(ModelError) {
      guard vector.count == configuration.hiddenSize else {
        throw .shape(tensor: name, expected: "[\(configuration.hiddenSize)]", found: "[\(vector.count)]")
      }
    }
    let vocabulary = configuration.vocabularySize
    try check("model.embed_tokens.weight", embedding, vocabulary, configuration.hiddenSize)
    try check("lm_head.weight", output, vocabulary, configuration.hiddenSize)
    try check("model.norm.weight", finalNorm)
    guard blocks.count == configuration.layers else {
      throw .configuration("\(configuration.layers) layers announced, \(blocks.count) found")
    }
    for (layer, block) in blocks.enumerated() {
      try check("model.layers.\(layer).input_layernorm.weight", block.inputNorm)
      try check("model.layers.\(layer).post_attention_layernorm.weight", block.postAttentionNorm)
      for module in LinearModule.allCases {
        let name = "\(ModulePath(layer: layer, module: module)).weight"
        guard let matrix = block[module] else { throw .missing(tensor: name) }
        let shape = module.shape(in: configuration)
        try check(name, matrix, shape.rows, shape.columns)
      }
    }
  }

  /// Parameters, the embedding counted once when it is tied.
  public var parameterCount: Int { configuration.parameterCount }

  /// Bytes of the weights in memory.
  public var byteCount: Int {
    var bytes = embedding.byteCount + (output === embedding ? 0 : output.byteCount) + finalNorm.count * 4
    for block in blocks {
      bytes += (block.inputNorm.count + block.postAttentionNorm.count) * 4
      bytes += LinearModule.allCases.reduce(0) { $0 + (block[$1]?.byteCount ?? 0) }
    }
    return bytes
  }

  /// Cosines and sines for at least `positions` positions. Tables are never changed, only replaced by longer ones, so one
  /// that was handed out stays valid for whoever holds it.
  public func ropeTable(positions: Int) -> RoPETable {
    rope.withLock { table in
      if table.positions < positions {
        var longer = table.positions
        while longer < positions { longer *= 2 }
        table = RotaryAngles.table(configuration: configuration, positions: longer)
      }
      return table
    }
  }
}
