import Kernels
import Recipe

/// Collects a model's parameters under their checkpoint names, and makes a gradient for each.
struct TrainableTensors {
  private(set) var all: [TrainableTensor] = []

  /// - Parameter shape: the checkpoint's, where that is not the matrix's own.
  mutating func add(_ name: String, _ matrix: WeightMatrix, shape: [Int]? = nil) -> FloatBuffer {
    add(name, shape ?? [matrix.rows, matrix.columns], matrix.floatRows.base, decays: true)
  }

  mutating func add(_ name: String, _ vector: FloatBuffer) -> FloatBuffer {
    add(name, [vector.count], vector.pointer, decays: false)
  }

  private mutating func add(
    _ name: String, _ shape: [Int], _ parameters: UnsafeMutablePointer<Float>, decays: Bool
  ) -> FloatBuffer {
    let gradient = FloatBuffer(count: shape.reduce(1, *))
    all.append(
      TrainableTensor(
        name: name, shape: shape, parameters: parameters, gradients: gradient.pointer, count: gradient.count,
        decays: decays))
    return gradient
  }

  /// One block of decoder or tower. Norms come first, then each layer's weight and bias.
  mutating func add(
    _ weights: BlockWeights, names: ModuleNames, layer: Int, inputNorm: String, postAttentionNorm: String
  ) -> BlockGradients {
    let input = add("\(inputNorm).weight", weights.inputNorm)
    let inputBias = weights.inputNormBias.map { add("\(inputNorm).bias", $0) }
    let postAttention = add("\(postAttentionNorm).weight", weights.postAttentionNorm)
    let postAttentionBias = weights.postAttentionNormBias.map { add("\(postAttentionNorm).bias", $0) }
    var matrices: [LinearModule: FloatBuffer] = [:]
    var biases: [LinearModule: FloatBuffer] = [:]
    for module in LinearModule.allCases {
      guard let weight = weights[module] else { continue }
      let name = names.name(of: ModulePath(layer: layer, module: module))
      matrices[module] = add("\(name).weight", weight)
      biases[module] = weights.bias(of: module).map { add("\(name).bias", $0) }
    }
    return BlockGradients(
      inputNorm: input, inputNormBias: inputBias, postAttentionNorm: postAttention,
      postAttentionNormBias: postAttentionBias, weights: matrices, biases: biases)
  }

  /// Tower and connector.
  mutating func add(_ weights: VisionWeights, _ vision: VisionConfiguration) -> VisionGradients {
    let names = VisionNames.self
    let side = vision.patchSize
    let patchEmbedding = add(
      names.patchEmbedding, weights.patchEmbedding, shape: [vision.hiddenSize, 3, side, side])
    let patchBias = add(names.patchBias, weights.patchBias)
    let positions = add(names.positionEmbedding, weights.positionEmbedding)
    var blocks: [BlockGradients] = []
    for (layer, block) in weights.blocks.enumerated() {
      blocks.append(
        add(
          block, names: .siglip, layer: layer, inputNorm: names.inputNorm(layer),
          postAttentionNorm: names.postAttentionNorm(layer)))
    }
    let postNorm = add(names.postNorm, weights.postNorm)
    let postNormBias = add(names.postNormBias, weights.postNormBias)
    return VisionGradients(
      patchEmbedding: patchEmbedding, patchBias: patchBias, positionEmbedding: positions, postNorm: postNorm,
      postNormBias: postNormBias, connector: add(names.connector, weights.connector), blocks: blocks)
  }
}
