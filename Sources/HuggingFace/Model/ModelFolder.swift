import Foundation
import Kernels
import Recipe
import Text
import Transformer

/// A base model as transformers lays it out: `config.json`, safetensors, tokenizer files. In all that is read a GGUF file, or a folder
/// with one, stands for that too.
public enum ModelFolder {
  /// Reads and checks `config.json` alone.
  public static func configuration(at folder: URL) throws -> ModelConfiguration {
    try GGUFModel.at(folder)?.configuration ?? reader(folder).configuration()
  }

  /// Loads the weights, each read straight into the memory that it stays in. BF16 stays BF16, F16 becomes FP32 (which holds it
  /// exactly; the kernels read BF16 and FP32), norms and biases are FP32.
  ///
  /// - Parameters:
  ///   - exact: what a GGUF file has quantised becomes FP32 and not BF16.
  ///   - progress: called with the share of the layers that are loaded, 0 to 1.
  /// - Throws: `FileError`, `ModelFolderError`, `SafetensorsError`, `GGUFError` or `ModelError`, each one line with file and tensor.
  public static func load(
    at folder: URL, exact: Bool = false, progress: ((Double) -> Void)? = nil
  ) throws -> BaseModel {
    try open(at: folder, exact: exact, progress: progress).model
  }

  /// The same with what a person should know of the files, a line each.
  ///
  /// - Throws: also `MemoryShortage`, before anything large is allocated.
  public static func open(
    at folder: URL, exact: Bool = false, progress: ((Double) -> Void)? = nil
  ) throws -> (model: BaseModel, notices: [String]) {
    let loader = try loader(folder, exact: exact, progress: progress)
    try loader.checkMemory()
    return (try loader.model(), loader.outline.notices)
  }

  /// SHA-256 of the configuration and of every weights file, or of the GGUF file, in hexadecimal. Says whether two folders hold the same model.
  public static func fingerprint(at folder: URL) throws -> String {
    let folder = HubFolder.resolved(folder)
    let summary = try SHA256()
    let config = folder.appendingPathComponent("config.json").path
    for path in try GGUFFile.path(of: folder).map({ [$0] }) ?? [config] + WeightFiles(folder: folder).paths {
      let file = try InputFile(path: path)
      let hash = try SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var offset = 0
      while offset < file.size {
        let count = min(buffer.count, file.size - offset)
        try buffer.withUnsafeMutableBytes { bytes in
          let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
          try file.fill(piece, from: offset)
          try hash.update(UnsafeRawBufferPointer(piece))
        }
        offset += count
      }
      try summary.update(Array((hash.finish() + "\n").utf8))
    }
    return try summary.finish()
  }

  static func reader(_ folder: URL) throws -> ConfigurationReader {
    guard InputFile.exists(folder.path) else {
      throw ModelFolderError.missing(folder.path, "no such model folder; check the path")
    }
    let folder = HubFolder.resolved(folder)
    let path = folder.appendingPathComponent("config.json").path
    guard InputFile.exists(path) else {
      throw ModelFolderError.missing(folder.path, ForeignModel.problem(folder))
    }
    return try ConfigurationReader(path: path, bytes: try InputFile.whole(path, most: InputFile.mostConfigurationBytes))
  }
}

/// What a model folder holds, from `config.json` and the headers of the weights' files: at once, whatever the size.
public struct ModelOutline: Sendable {
  public let configuration: ModelConfiguration
  /// Bytes of the weights in memory, as `BaseModel.byteCount`.
  public let byteCount: Int
  /// Of the embedding in memory.
  public let element: WeightElement
  /// What a person should know of the files though they are read, a line each.
  public let notices: [String]

  public var parameterCount: Int { configuration.parameterCount }
}

extension ModelFolder {
  /// Reads and checks everything but the weights' values: names and types of all tensors.
  ///
  /// - Throws: as `load`.
  public static func outline(at folder: URL) throws -> ModelOutline { try loader(folder).outline }

  /// Refuses a model whose weights have no room in memory.
  ///
  /// - Throws: as `load`, and `MemoryShortage`.
  public static func checkMemory(at folder: URL) throws { try loader(folder).checkMemory() }

  static func loader(
    _ folder: URL, exact: Bool = false, progress: ((Double) -> Void)? = nil
  ) throws -> WeightLoader {
    let folder = HubFolder.resolved(folder)
    if let model = try GGUFModel.at(folder, exact: exact) { return try model.loader(progress) }
    let reader = try reader(folder)
    return try WeightLoader(
      files: WeightFiles(folder: folder), configuration: reader.configuration(), notices: reader.notices(),
      progress: progress)
  }
}

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
    func addTaps(_ name: String, _ buffer: FloatBuffer, width: Int) {
      let (taps, features) = (buffer.array, buffer.count / width)
      tensors.append(
        SafetensorsWriter.Tensor(
          name: name, shape: [features, 1, width],
          floats: (0..<features).flatMap { feature in
            (0..<width).map { taps[(width - 1 - $0) * features + feature] }
          }, as: element))
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
      if let convolution = block.convolution, let width = model.configuration.block.shortConvolution?.width {
        addTaps(names.convolution(layer), convolution, width: width)
      }
      if let linear = block.linearAttention, let shape = model.configuration.block.linearAttention?.shape {
        addTaps(names.linearConvolution(layer), linear.taps, width: shape.width)
        add(names.linearDecay(layer), linear.decay)
        add(names.linearTimeBias(layer), linear.timeBias)
        add(names.linearNorm(layer), linear.norm)
      }
      for module in model.configuration.modules(of: layer) {
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

/// A model folder that cannot be used or written: file, field or tensor, reason, what to do.
public struct ModelFolderError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func missing(_ path: String, _ advice: String) -> ModelFolderError {
    ModelFolderError(description: "\(path): \(advice)", exitStatus: ExitStatus.missingInput)
  }

  static func data(_ path: String, _ reason: String) -> ModelFolderError {
    ModelFolderError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }
}
