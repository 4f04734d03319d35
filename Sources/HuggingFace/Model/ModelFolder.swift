import Foundation
import Kernels
import Text
import Transformer

/// A base model as transformers lays it out: `config.json`, safetensors, tokenizer files.
public enum ModelFolder {
  /// Reads and checks `config.json` alone.
  public static func configuration(at folder: URL) throws -> ModelConfiguration {
    try reader(folder).configuration()
  }

  /// Loads the weights, each read straight into the memory that it stays in. BF16 stays BF16, F16 becomes FP32 (which holds it
  /// exactly; the kernels read BF16 and FP32), norms and biases are FP32.
  ///
  /// - Parameter progress: called with the share of the layers that are loaded, 0 to 1.
  /// - Throws: `FileError`, `ModelFolderError`, `SafetensorsError` or `ModelError`, each one line with file and tensor.
  public static func load(at folder: URL, progress: ((Double) -> Void)? = nil) throws -> BaseModel {
    try open(at: folder, progress: progress).model
  }

  /// The same with what a person should know of the files, a line each.
  ///
  /// - Throws: also `MemoryShortage`, before anything large is allocated.
  public static func open(
    at folder: URL, progress: ((Double) -> Void)? = nil
  ) throws -> (model: BaseModel, notices: [String]) {
    let loader = try loader(folder, progress: progress)
    try loader.checkMemory()
    return (try loader.model(), loader.outline.notices)
  }

  /// SHA-256 of the configuration and of every weights file, in hexadecimal. Says whether two folders hold the same model.
  public static func fingerprint(at folder: URL) throws -> String {
    let folder = HubFolder.resolved(folder)
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
