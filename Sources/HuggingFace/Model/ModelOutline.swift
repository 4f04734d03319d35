import Foundation
import Kernels
import Text
import Transformer

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

  static func loader(_ folder: URL, progress: ((Double) -> Void)? = nil) throws -> WeightLoader {
    let folder = HubFolder.resolved(folder)
    let reader = try reader(folder)
    return try WeightLoader(
      files: WeightFiles(folder: folder), configuration: reader.configuration(), notices: reader.notices(),
      progress: progress)
  }
}
