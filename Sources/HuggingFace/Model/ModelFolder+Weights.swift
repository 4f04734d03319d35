import Foundation
import Kernels
import Transformer

extension ModelFolder {
  /// Writes `model.safetensors` of a model of any family, under the names and in the orientation that transformers reads.
  ///
  /// - Parameter element: the type of the matrices in the file; norms and biases have it too.
  public static func writeWeights(
    _ model: BaseModel, to folder: URL, element: WeightElement, metadata: [String: String] = ["format": "pt"]
  ) throws {
    try SafetensorsWriter.write(
      path: folder.appendingPathComponent("model.safetensors").path, tensors: tensors(of: model, element: element),
      metadata: metadata)
  }

  private static func tensors(of model: BaseModel, element: WeightElement) -> [SafetensorsWriter.Tensor] {
    let names = WeightNames(configuration: model.configuration)
    var tensors: [SafetensorsWriter.Tensor] = []
    func add(_ name: String, _ weight: WeightMatrix?, transposed: Bool = false) {
      guard let weight else { return }
      tensors.append(
        transposed
          ? SafetensorsWriter.Tensor(
            name: name, shape: [weight.columns, weight.rows], floats: Self.transposed(weight), as: element)
          : SafetensorsWriter.Tensor(name: name, weight: weight, as: element))
    }
    func add(_ name: String, _ vector: FloatBuffer?) {
      guard let vector else { return }
      tensors.append(SafetensorsWriter.Tensor(name: name, shape: [vector.count], floats: vector.array, as: element))
    }
    if let weights = model.vision, let vision = model.configuration.vision {
      let side = vision.patchSize
      tensors.append(
        SafetensorsWriter.Tensor(
          name: VisionNames.patchEmbedding, weight: weights.patchEmbedding, shape: [vision.hiddenSize, 3, side, side],
          as: element))
      add(VisionNames.patchBias, weights.patchBias)
      add(VisionNames.positionEmbedding, weights.positionEmbedding)
      for (layer, block) in weights.blocks.enumerated() {
        add("\(VisionNames.inputNorm(layer)).weight", block.inputNorm)
        add("\(VisionNames.inputNorm(layer)).bias", block.inputNormBias)
        add("\(VisionNames.postAttentionNorm(layer)).weight", block.postAttentionNorm)
        add("\(VisionNames.postAttentionNorm(layer)).bias", block.postAttentionNormBias)
        for module in vision.tower.modules {
          add(WeightNames.visionLinear(layer, module), block[module])
          add(WeightNames.visionLinear(layer, module, "bias"), block.bias(of: module))
        }
      }
      add(VisionNames.postNorm, weights.postNorm)
      add(VisionNames.postNormBias, weights.postNormBias)
      add(VisionNames.connector, weights.connector)
    }
    add(names.embedding, model.embedding)
    add(names.positionEmbedding, model.positionEmbedding)
    for (layer, block) in model.blocks.enumerated() {
      add(names.inputNorm(layer), block.inputNorm)
      add(names.inputNorm(layer, "bias"), block.inputNormBias)
      add(names.postAttentionNorm(layer), block.postAttentionNorm)
      add(names.postAttentionNorm(layer, "bias"), block.postAttentionNormBias)
      add(names.attentionOutputNorm(layer), block.attentionOutputNorm)
      add(names.feedForwardOutputNorm(layer), block.feedForwardOutputNorm)
      add(names.queryNorm(layer), block.queryNorm)
      add(names.keyNorm(layer), block.keyNorm)
      for module in model.configuration.modules {
        add(names.linear(layer, module), block[module], transposed: names.linearsAreTransposed)
        add(names.linear(layer, module, "bias"), block.bias(of: module))
      }
    }
    add(names.finalNorm, model.finalNorm)
    add(names.finalNormBias, model.finalNormBias)
    if !model.configuration.tieWordEmbeddings { add(WeightNames.output, model.output) }
    return tensors
  }

  /// `[columns, rows]`, row-major.
  private static func transposed(_ weight: WeightMatrix) -> [Float] {
    let values = weight.toFloats()
    return (0..<weight.columns).flatMap { column in (0..<weight.rows).map { values[$0 * weight.columns + column] } }
  }
}
