import Foundation
import Kernels
import Recipe

/// Random initial weights: what pretraining starts from, and what benchmarks and tests run on.
public enum RandomWeights {
  /// Normal weights, norms such that they scale by one, biases zero.
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
    // As large as PyTorch's convolution begins with: its kernel is all that a feature is summed over.
    func taps(_ count: Int) -> FloatBuffer {
      var normal = NormalGenerator(seed: seed, stream: matrices)
      matrices += 1
      return FloatBuffer((0..<count).map { _ in 0.3 * normal.next() })
    }
    func ones(_ count: Int, offset: Float = 0) -> FloatBuffer {
      FloatBuffer([Float](repeating: 1 - offset, count: count))
    }
    func blocks(_ configuration: ModelConfiguration) -> [BlockWeights] {
      let description = configuration.block
      let hidden = configuration.hiddenSize
      func norm(_ count: Int) -> FloatBuffer { ones(count, offset: description.normWeightOffset) }
      let bias: () -> FloatBuffer? = { description.norm == .layer ? FloatBuffer(count: hidden) : nil }
      return (0..<configuration.layers).map { layer in
        let (attends, convolves) = (configuration.attends(layer), configuration.convolves(layer))
        let linear = configuration.linearShape(of: layer).map { shape in
          LinearAttentionWeights(
            taps: taps(shape.width * shape.channels),
            decay: FloatBuffer((0..<shape.valueHeads).map { logf(Float($0 % 16 + 1)) }),
            timeBias: ones(shape.valueHeads), norm: ones(shape.valueSize))
        }
        var linears: [LinearModule: WeightMatrix] = [:]
        var biases: [LinearModule: FloatBuffer] = [:]
        for module in configuration.modules(of: layer) {
          let shape = module.shape(in: configuration)
          linears[module] = matrix(shape.rows, shape.columns)
          if description.biases.contains(module) { biases[module] = FloatBuffer(count: shape.rows) }
        }
        return BlockWeights(
          inputNorm: description.normalizesInputs ? norm(hidden) : nil, inputNormBias: bias(),
          postAttentionNorm: description.normalizesInputs ? norm(hidden) : nil,
          postAttentionNormBias: bias(),
          attentionOutputNorm: description.normalizesOutputs ? norm(hidden) : nil,
          feedForwardOutputNorm: description.normalizesOutputs ? norm(hidden) : nil,
          queryNorm: description.normalizesQueriesAndKeys && attends ? norm(configuration.headNormSizes.query) : nil,
          keyNorm: description.normalizesQueriesAndKeys && attends ? norm(configuration.headNormSizes.key) : nil,
          convolution: convolves ? description.shortConvolution.map { taps($0.width * hidden) } : nil,
          linearAttention: linear, linears: linears, biases: biases)
      }
    }
    let hidden = configuration.hiddenSize
    let embedding = matrix(configuration.vocabularySize, hidden)
    let decoder = blocks(configuration)
    let output = configuration.tieWordEmbeddings ? nil : matrix(configuration.vocabularySize, hidden)
    let positions = configuration.learnsPositions ? matrix(configuration.maxPositions, hidden) : nil
    // Last, so that a decoder starts alike whether it sees or not.
    let vision = configuration.vision.map { vision in
      let width = vision.hiddenSize
      return VisionWeights(
        patchEmbedding: matrix(width, Patches.columns(side: vision.patchSize)), patchBias: FloatBuffer(count: width),
        positionEmbedding: matrix(vision.patches, width), blocks: blocks(vision.tower), postNorm: ones(width),
        postNormBias: FloatBuffer(count: width), connector: matrix(hidden, vision.shuffledWidth))
    }
    return try BaseModel(
      configuration: configuration, embedding: embedding, positionEmbedding: positions, blocks: decoder,
      finalNorm: ones(hidden, offset: configuration.block.normWeightOffset),
      finalNormBias: configuration.block.norm == .layer ? FloatBuffer(count: hidden) : nil, output: output,
      vision: vision)
  }
}

/// `SplitMix64` with streams that are told apart in another way: the numbers that adapters, random weights and samplers are
/// drawn from, which must stay what they were.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var words: SplitMix64

  /// `stream` separates generators that share a seed.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = SplitMix64(seed: seed)
    var second = SplitMix64(seed: mixer.next() ^ (stream &* 0xD6E8_FEB8_6659_FD93))
    words = SplitMix64(seed: second.next())
  }

  public mutating func next() -> UInt64 { words.next() }

  /// Uniform in 0 ..< 1, 24 bits.
  public mutating func nextUnitFloat() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in 0 ..< 1, 53 bits.
  public mutating func nextUnitDouble() -> Double { words.uniform() }
}

/// Seeded standard normal numbers (Box and Muller 1958).
public struct NormalGenerator: Sendable {
  private var uniform: SeededGenerator
  private var spare: Float?

  public init(seed: UInt64, stream: UInt64 = 0) { uniform = SeededGenerator(seed: seed, stream: stream) }

  public mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * log(1 - uniform.nextUnitDouble())).squareRoot()
    let angle = 2 * Double.pi * uniform.nextUnitDouble()
    spare = Float(radius * sin(angle))
    return Float(radius * cos(angle))
  }
}
