/// The shape of a Llama-style decoder: everything that the mathematics needs and nothing about files.
///
/// Field names follow what they mean; `HuggingFace.ModelFolder` maps a `config.json` to them.
public struct ModelConfiguration: Sendable, Equatable, Codable {
  public var vocabularySize: Int
  /// Width of the residual stream.
  public var hiddenSize: Int
  public var layers: Int
  /// Query heads.
  public var heads: Int
  /// Key and value heads; `heads / kvHeads` query heads share one (grouped-query attention).
  public var kvHeads: Int
  /// Features of one head; even, since rotary embeddings turn pairs. `heads * headSize` need not equal `hiddenSize`.
  public var headSize: Int
  /// Width of the gated feed-forward layer.
  public var intermediateSize: Int
  public var ropeTheta: Double
  public var rmsNormEpsilon: Float
  /// The output projection is the embedding table.
  public var tieWordEmbeddings: Bool
  /// Longest sequence, in tokens.
  public var maxPositions: Int

  public init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, kvHeads: Int, headSize: Int, intermediateSize: Int,
    ropeTheta: Double = 10_000, rmsNormEpsilon: Float = 1e-5, tieWordEmbeddings: Bool = true, maxPositions: Int = 2048
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.kvHeads = kvHeads
    self.headSize = headSize
    self.intermediateSize = intermediateSize
    self.ropeTheta = ropeTheta
    self.rmsNormEpsilon = rmsNormEpsilon
    self.tieWordEmbeddings = tieWordEmbeddings
    self.maxPositions = maxPositions
  }

  /// Features of all query heads.
  public var queryWidth: Int { heads * headSize }
  /// Features of all key (or value) heads.
  public var kvWidth: Int { kvHeads * headSize }

  /// Parameters of the whole model, the embedding counted once when it is tied.
  public var parameterCount: Int {
    let linears = LinearModule.allCases.reduce(0) { sum, module in
      let shape = module.shape(in: self)
      return sum + shape.rows * shape.columns
    }
    let embeddings = vocabularySize * hiddenSize * (tieWordEmbeddings ? 1 : 2)
    return embeddings + layers * (linears + 2 * hiddenSize) + hiddenSize
  }

  /// Refuses shapes that no model can have, with the field and the value in one line.
  public func validate() throws(ModelError) {
    // The limits are far beyond any model; below them no count of parameters or bytes overflows.
    let sizes = [
      ("vocabulary size", vocabularySize, 1 << 24), ("hidden size", hiddenSize, 1 << 20),
      ("number of layers", layers, 1 << 12), ("number of attention heads", heads, 1 << 12),
      ("number of key/value heads", kvHeads, 1 << 12), ("head size", headSize, 1 << 14),
      ("intermediate size", intermediateSize, 1 << 20), ("maximum number of positions", maxPositions, 1 << 24),
    ]
    for (name, value, limit) in sizes where value < 1 || value > limit {
      throw .configuration("\(name) is \(value); it must be between 1 and \(limit)")
    }
    guard heads % kvHeads == 0 else {
      throw .configuration("\(heads) attention heads cannot share \(kvHeads) key/value heads evenly")
    }
    guard headSize % 2 == 0 else {
      throw .configuration("head size is \(headSize); rotary position embeddings need an even one")
    }
    guard ropeTheta.isFinite, ropeTheta > 0 else {
      throw .configuration("rope theta is \(ropeTheta); it must be positive")
    }
    guard rmsNormEpsilon.isFinite, rmsNormEpsilon >= 0 else {
      throw .configuration("RMS norm epsilon is \(rmsNormEpsilon); it must not be negative")
    }
  }
}
