import Foundation
import Recipe

/// A GGUF file, as llama.cpp and the programs around it keep models: metadata and the directory of tensors are read and checked when it
/// is opened, tensors when they are asked for.
///
/// Format: magic, version, counts; metadata as pairs of name and typed value; a directory of tensors; their bytes, each at a multiple of
/// the alignment (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Versions 2 and 3, little-endian.
public struct GGUFFile: Sendable {
  public let path: String
  public let version: Int
  /// Names of the metadata in the order of the file.
  public let keys: [String]
  /// In the order of the file.
  public let tensors: [GGUFTensor]
  package let file: InputFile
  private let values: [String: GGUFValue]
  private let indices: [String: Int]

  /// What lies before the tensors has at most so many bytes: far beyond the largest vocabulary.
  static let largestHeader = 1 << 28

  /// Opens and checks the header: version, every length and count against the file's own size, names that occur twice, types, shapes,
  /// alignment, ranges, overlaps. Gaps between tensors are tolerated.
  ///
  /// - Throws: `FileError`, `GGUFError`.
  public init(path: String) throws {
    self.path = path
    file = try InputFile(path: path)
    var cursor = GGUFCursor(file: file, end: min(file.size, Self.largestHeader))
    version = try Self.version(of: file, &cursor)
    let tensorCount = try cursor.count("tensors", least: 24)
    let valueCount = try cursor.count("metadata values", least: 13)
    var keys: [String] = []
    var values: [String: GGUFValue] = [:]
    for _ in 0..<valueCount {
      let key = try cursor.name("a metadata name")
      guard values[key] == nil else { throw GGUFError.header(path, "metadata \(OneLine.name(key)) occurs twice") }
      values[key] = try cursor.value(of: key)
      keys.append(key)
    }
    let alignment = try Self.alignment(values["general.alignment"], path)
    var entries: [(tensor: GGUFTensor, offset: Int)] = []
    for _ in 0..<tensorCount { entries.append(try cursor.tensor()) }
    let start = (cursor.position + alignment - 1) / alignment * alignment
    var tensors: [GGUFTensor] = []
    var indices: [String: Int] = [:]
    for (entry, offset) in entries {
      let tensor = try Self.placed(entry, at: offset, from: start, alignment: alignment, file)
      guard indices.updateValue(tensors.count, forKey: tensor.name) == nil else {
        throw GGUFError.tensor(path, tensor.name, "occurs twice; download or write the file again")
      }
      tensors.append(tensor)
    }
    try Self.checkOverlaps(tensors, path)
    (self.keys, self.values, self.tensors, self.indices) = (keys, values, tensors, indices)
  }

  public subscript(key: String) -> GGUFValue? { values[key] }

  public func tensor(_ name: String) -> GGUFTensor? { indices[name].map { tensors[$0] } }

  /// The file that is meant: the given one, if it is a GGUF file by its name or its first bytes; or the only one of a folder without
  /// safetensors. The files of a vision tower for llama.cpp (`mmproj…`) do not count. Nil for what is to be read in another way.
  public static func path(of place: URL) -> String? {
    let place = HubFolder.resolved(place)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else { return nil }
    guard isFolder.boolValue else {
      if place.pathExtension.lowercased() == "gguf" { return place.path }
      // Ollama keeps its files under names without an ending.
      let prefix = (try? InputFile(path: place.path).prefix()) ?? []
      return FileKind(prefix: prefix) == .gguf ? place.path : nil
    }
    let all = models(in: place)
    return all.count == 1 ? place.appendingPathComponent(all[0]).path : nil
  }

  /// The names of a folder's GGUF files that could be its model; none where it has safetensors.
  package static func models(in folder: URL) -> [String] {
    let names = HubFolder.names(in: folder)
    if names.contains(where: { $0.hasSuffix(".safetensors") || $0.hasSuffix(".safetensors.index.json") }) { return [] }
    return names.filter { $0.lowercased().hasSuffix(".gguf") && !$0.lowercased().hasPrefix("mmproj") }
  }
}

/// What a GGUF directory says of one tensor.
public struct GGUFTensor: Sendable, Equatable {
  public let name: String
  public let type: GGUFType
  /// Outermost dimension first, as everywhere else here; the file has them the other way round.
  public let shape: [Int]
  /// Of its bytes in the file; empty for a type of unknown size.
  public let byteRange: Range<Int>

  public var elementCount: Int { shape.reduce(1, *) }
}

extension GGUFFile {
  private static func version(of file: InputFile, _ cursor: inout GGUFCursor) throws -> Int {
    let start = try file.prefix()
    guard FileKind(prefix: start) == .gguf else {
      if let kind = FileKind(prefix: start) {
        throw GGUFError(description: "\(file.path): \(kind.sentence)", exitStatus: ExitStatus.badData)
      }
      throw GGUFError.header(
        file.path, file.size == 0 ? "it is empty" : "it does not begin with the letters GGUF")
    }
    _ = try cursor.integer(UInt32.self)
    let version = try cursor.integer(UInt32.self)
    // Read in the wrong order, a small number has its bits at the other end.
    if version & 0xFFFF == 0, version > 0 {
      throw GGUFError(
        description:
          "\(file.path): is a big-endian GGUF file, and little-endian ones are read; take the one that is for "
          + "this machine",
        exitStatus: ExitStatus.badData)
    }
    guard (2...3).contains(version) else {
      throw GGUFError(
        description:
          "\(file.path): has GGUF version \(version), and versions 2 and 3 are read; convert the model with a "
          + "llama.cpp of today",
        exitStatus: ExitStatus.badData)
    }
    return Int(version)
  }

  private static func alignment(_ value: GGUFValue?, _ path: String) throws(GGUFError) -> Int {
    guard let value else { return 32 }
    guard let alignment = value.integer, (1...(1 << 20)).contains(alignment), alignment & (alignment - 1) == 0 else {
      throw .header(path, "general.alignment is not a power of two up to \(1 << 20)")
    }
    return alignment
  }

  /// With its place in the file, which must hold it.
  private static func placed(
    _ tensor: GGUFTensor, at offset: Int, from start: Int, alignment: Int, _ file: InputFile
  ) throws(GGUFError) -> GGUFTensor {
    guard offset % alignment == 0 else {
      throw .tensor(file.path, tensor.name, "lies at \(offset), which is no multiple of the alignment \(alignment)")
    }
    let available = max(0, file.size - start)
    guard let layout = tensor.type.layout else {
      // Nobody knows how long it is; who wants it refuses it by its type.
      return GGUFTensor(name: tensor.name, type: tensor.type, shape: tensor.shape, byteRange: file.size..<file.size)
    }
    let columns = tensor.shape.last ?? 1
    guard columns % layout.elements == 0 else {
      throw .tensor(
        file.path, tensor.name,
        "has rows of \(columns) values, and \(tensor.type.name) has blocks of \(layout.elements)")
    }
    let (bytes, overflow) = (tensor.elementCount / layout.elements).multipliedReportingOverflow(by: layout.bytes)
    guard !overflow, bytes <= available, offset <= available - bytes else {
      throw .tensor(
        file.path, tensor.name,
        "lies at \(offset) and has \(overflow ? "too many" : "\(bytes)") bytes, the file has \(available) for all "
          + "tensors; is it cut short?")
    }
    return GGUFTensor(
      name: tensor.name, type: tensor.type, shape: tensor.shape,
      byteRange: (start + offset)..<(start + offset + bytes))
  }

  private static func checkOverlaps(_ tensors: [GGUFTensor], _ path: String) throws(GGUFError) {
    let ordered = tensors.filter { !$0.byteRange.isEmpty }.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
    for (before, after) in zip(ordered, ordered.dropFirst())
    where after.byteRange.lowerBound < before.byteRange.upperBound {
      throw .tensor(path, after.name, "overlaps tensor \(OneLine.name(before.name))")
    }
  }
}

/// A GGUF file that cannot be used: file, tensor or metadata, reason.
public struct GGUFError: ExitStatusError, Equatable {
  public let description: String
  public let exitStatus: Int32

  static func header(_ path: String, _ reason: String) -> GGUFError {
    GGUFError(
      description: "\(path): not a usable GGUF file: \(reason); download or write it again",
      exitStatus: ExitStatus.badData)
  }

  package static func tensor(_ path: String, _ name: String, _ reason: String) -> GGUFError {
    GGUFError(description: "\(path): tensor \(OneLine.name(name)): \(reason)", exitStatus: ExitStatus.badData)
  }

  /// Of metadata that is missing, of another kind, or not honoured.
  package static func metadata(_ path: String, _ reason: String) -> GGUFError {
    GGUFError(description: "\(path): \(reason)", exitStatus: ExitStatus.badData)
  }
}
