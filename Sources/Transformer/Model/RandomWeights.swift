import Kernels

/// Random initial weights: what pretraining starts from, and what benchmarks and tests run on.
public enum RandomWeights {
  /// Normal weights, norms one.
  ///
  /// - Parameters:
  ///   - deviation: standard deviation of every matrix; transformers initialises Llama with 0.02.
  ///   - element: what the matrices are stored as; bfloat16 is rounded to nearest even.
  public static func model(
    configuration: ModelConfiguration, seed: UInt64, deviation: Float = 0.02, element: WeightElement = .float32
  ) throws(ModelError) -> BaseModel {
    try configuration.validate()
    var matrices: UInt64 = 0
    func matrix(_ rows: Int, _ columns: Int) -> WeightMatrix {
      let matrix = WeightMatrix(rows: rows, columns: columns, element: element)
      var normal = NormalGenerator(seed: seed, stream: matrices)
      matrices += 1
      for index in 0..<(rows * columns) {
        let value = deviation * normal.next()
        switch element {
        case .float32: matrix.base.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        case .bfloat16:
          let bits = value.bitPattern
          let rounded = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
          matrix.base.storeBytes(of: rounded, toByteOffset: index * 2, as: UInt16.self)
        }
      }
      return matrix
    }
    func ones() -> FloatBuffer { FloatBuffer([Float](repeating: 1, count: configuration.hiddenSize)) }
    let embedding = matrix(configuration.vocabularySize, configuration.hiddenSize)
    let blocks = (0..<configuration.layers).map { _ in
      var linears: [LinearModule: WeightMatrix] = [:]
      for module in LinearModule.allCases {
        let shape = module.shape(in: configuration)
        linears[module] = matrix(shape.rows, shape.columns)
      }
      return BlockWeights(inputNorm: ones(), postAttentionNorm: ones(), linears: linears)
    }
    let output =
      configuration.tieWordEmbeddings ? nil : matrix(configuration.vocabularySize, configuration.hiddenSize)
    return try BaseModel(
      configuration: configuration, embedding: embedding, blocks: blocks, finalNorm: ones(), output: output)
  }
}
