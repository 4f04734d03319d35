import Foundation

/// The safetensors files of a model folder: one, or the shards that an index lists.
struct WeightFiles {
  let files: [SafetensorsFile]
  private let owners: [String: Int]

  init(folder: URL) throws {
    let single = folder.appendingPathComponent("model.safetensors").path
    let index = folder.appendingPathComponent("model.safetensors.index.json").path
    if InputFile.exists(single) {
      files = [try SafetensorsFile(path: single)]
      owners = Dictionary(files[0].names.map { ($0, 0) }) { first, _ in first }
    } else if InputFile.exists(index) {
      (files, owners) = try Self.shards(index: index, folder: folder)
    } else if InputFile.exists(folder.appendingPathComponent("pytorch_model.bin").path) {
      throw ModelFolderError.missing(
        folder.path, "has only pytorch_model.bin; save the model with safe_serialization to get model.safetensors")
    } else {
      throw ModelFolderError.missing(
        folder.path, "has neither model.safetensors nor model.safetensors.index.json; is it a model folder?")
    }
  }

  /// Files that hold the weights, in a fixed order.
  var paths: [String] { files.map(\.path) }

  var names: [String] { owners.keys.sorted() }

  func file(of name: String) -> SafetensorsFile? { owners[name].map { files[$0] } }

  private static func shards(index path: String, folder: URL) throws -> ([SafetensorsFile], [String: Int]) {
    let document: JSONValue
    do {
      document = try JSONParser.parse(try InputFile.contents(of: path))
    } catch let error as JSONError {
      throw ModelFolderError.data(path, "is not JSON: \(error)")
    }
    guard let map = document.object?["weight_map"]?.object else {
      throw ModelFolderError.data(path, "has no weight_map from tensor names to files")
    }
    var shardNames: Set<String> = []
    for member in map.members {
      guard let name = member.value.string else {
        throw ModelFolderError.data(path, "weight_map gives \(member.value.kind) for \(member.key), not a file's name")
      }
      // A bare file name: nothing outside the folder is ever opened.
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != "..", name != ".",
        name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
      else {
        throw ModelFolderError.data(
          path, "weight_map names the file \(SafetensorsError.printable(name)), which is not in this folder")
      }
      shardNames.insert(name)
    }
    let ordered = shardNames.sorted()
    let files = try ordered.map { try SafetensorsFile(path: folder.appendingPathComponent($0).path) }
    let positions = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    var owners: [String: Int] = [:]
    for member in map.members {
      guard let shard = member.value.string, let position = positions[shard] else { continue }
      guard files[position].info(member.key) != nil else {
        throw ModelFolderError.data(path, "tensor \(SafetensorsError.printable(member.key)) is not in \(shard)")
      }
      owners[member.key] = position
    }
    for (position, file) in files.enumerated() {
      for name in file.names where owners[name] == nil { owners[name] = position }
    }
    return (files, owners)
  }
}
