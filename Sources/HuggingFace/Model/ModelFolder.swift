import Foundation
import Kernels
import Transformer

/// A base model as transformers lays it out: `config.json`, safetensors, tokenizer files.
public enum ModelFolder {
  /// Reads and checks `config.json` alone.
  public static func configuration(at folder: URL) throws -> ModelConfiguration {
    try reader(folder).configuration()
  }

  /// Loads the weights. BF16 stays BF16 in memory, F16 and F32 become FP32, norms are FP32.
  ///
  /// - Parameter progress: called with the share of the tensors that are loaded, 0 to 1.
  /// - Throws: `FileError`, `ModelFolderError`, `SafetensorsError` or `ModelError`, each one line with file and tensor.
  public static func load(at folder: URL, progress: ((Double) -> Void)? = nil) throws -> BaseModel {
    let configuration = try configuration(at: folder)
    let files = try WeightFiles(folder: folder)
    try checkNames(files, configuration: configuration)
    let hidden = configuration.hiddenSize
    var done = 0
    let total = configuration.layers * 9 + (configuration.tieWordEmbeddings ? 2 : 3)
    func loaded<Weight>(_ weight: Weight) -> Weight {
      done += 1
      progress?(Double(done) / Double(total))
      return weight
    }
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> WeightMatrix {
      loaded(try file(name).matrix(name, rows: rows, columns: columns))
    }
    func vector(_ name: String) throws -> FloatBuffer { loaded(try file(name).vector(name, count: hidden)) }
    func file(_ name: String) throws -> SafetensorsFile {
      guard let file = files.file(of: name) else { throw ModelError.missing(tensor: name) }
      return file
    }

    let embedding = try matrix(WeightNames.embedding, configuration.vocabularySize, hidden)
    var blocks: [BaseModel.BlockWeights] = []
    for layer in 0..<configuration.layers {
      var linears: [LinearModule: WeightMatrix] = [:]
      for module in LinearModule.allCases {
        let shape = module.shape(in: configuration)
        linears[module] = try matrix(WeightNames.linear(layer, module), shape.rows, shape.columns)
      }
      blocks.append(
        BaseModel.BlockWeights(
          inputNorm: try vector(WeightNames.inputNorm(layer)),
          postAttentionNorm: try vector(WeightNames.postAttentionNorm(layer)), linears: linears))
    }
    let finalNorm = try vector(WeightNames.finalNorm)
    let output =
      configuration.tieWordEmbeddings ? nil : try matrix(WeightNames.output, configuration.vocabularySize, hidden)
    return try BaseModel(
      configuration: configuration, embedding: embedding, blocks: blocks, finalNorm: finalNorm, output: output)
  }

  /// SHA-256 of the configuration and of every weights file, in hexadecimal. Says whether two folders hold the same model.
  public static func fingerprint(at folder: URL) throws -> String {
    var summary = SHA256()
    let config = folder.appendingPathComponent("config.json").path
    let files = try WeightFiles(folder: folder)
    for path in [config] + files.paths {
      let file = try InputFile(path: path)
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var offset = 0
      while offset < file.size {
        let count = min(buffer.count, file.size - offset)
        try buffer.withUnsafeMutableBytes { bytes in
          let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
          try file.fill(piece, from: offset)
          hash.update(UnsafeRawBufferPointer(piece))
        }
        offset += count
      }
      summary.update(Array((hash.finish() + "\n").utf8))
    }
    return summary.finish()
  }

  static func reader(_ folder: URL) throws -> ConfigurationReader {
    let path = folder.appendingPathComponent("config.json").path
    guard InputFile.exists(folder.path) else {
      throw ModelFolderError.missing(folder.path, "no such model folder; check the path")
    }
    guard InputFile.exists(path) else {
      throw ModelFolderError.missing(folder.path, "has no config.json; is it a Hugging Face model folder?")
    }
    return try ConfigurationReader(path: path, bytes: try InputFile.contents(of: path))
  }

  /// Refuses weights that the mathematics here has no place for (biases, extra norms, more layers).
  private static func checkNames(_ files: WeightFiles, configuration: ModelConfiguration) throws {
    // Missing ones first: their number is bounded by config.json alone, that of the others by the files.
    for layer in 0..<configuration.layers where files.file(of: WeightNames.inputNorm(layer)) == nil {
      throw ModelError.missing(tensor: WeightNames.inputNorm(layer))
    }
    let known = WeightNames.all(configuration)
    for name in files.names where !known.contains(name) {
      // Buffers of old checkpoints, and the copy of a tied table, which transformers ignores too.
      if name.hasSuffix(".rotary_emb.inv_freq") || name == WeightNames.output { continue }
      throw SafetensorsError.tensor(
        files.file(of: name)?.path ?? "", name,
        "is not part of a Llama model of this config.json; the model is of another kind")
    }
  }
}
