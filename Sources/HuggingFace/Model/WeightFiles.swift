import Foundation
import Recipe
import Text

/// The safetensors files of a model folder: one, or shards.
struct WeightFiles {
  let folder: URL
  let files: [SafetensorsFile]
  private let owners: [String: Int]

  init(folder: URL) throws {
    self.folder = folder
    let single = folder.appendingPathComponent("model.safetensors").path
    let index = folder.appendingPathComponent("model.safetensors.index.json").path
    if InputFile.exists(single) {
      (files, owners) = try Self.open([single])
    } else if InputFile.exists(index) {
      (files, owners) = try Self.shards(index: index, folder: folder)
    } else if let shards = try Self.numberedShards(folder) {
      (files, owners) = try Self.open(shards)
    } else {
      throw ModelFolderError.missing(folder.path, ForeignModel.weightsProblem(folder))
    }
  }

  /// Files that hold the weights, in a fixed order.
  var paths: [String] { files.map(\.path) }

  var names: [String] { owners.keys.sorted() }

  func file(of name: String) -> SafetensorsFile? { owners[name].map { files[$0] } }

  func info(_ name: String) -> SafetensorsInfo? { file(of: name)?.info(name) }

  private static func open(_ paths: [String]) throws -> ([SafetensorsFile], [String: Int]) {
    let files = try paths.map { try SafetensorsFile(path: $0) }
    var owners: [String: Int] = [:]
    for (position, file) in files.enumerated() {
      for name in file.names {
        guard owners.updateValue(position, forKey: name) == nil else {
          throw SafetensorsError.tensor(file.path, name, "is in another shard, too; save the model again")
        }
      }
    }
    return (files, owners)
  }

  /// `model-00001-of-00003.safetensors` and its like, where the index is missing: their names say how many there are.
  private static func numberedShards(_ folder: URL) throws -> [String]? {
    let names = HubFolder.names(in: folder).filter { name in
      guard name.hasPrefix("model-"), name.hasSuffix(".safetensors") else { return false }
      let parts = name.dropFirst("model-".count).dropLast(".safetensors".count).split(separator: "-")
      return parts.count == 3 && Int(parts[0]) != nil && parts[1] == "of" && Int(parts[2]) != nil
    }
    guard let last = names.last, let total = Int(last.dropLast(".safetensors".count).suffix { $0.isNumber }) else {
      return nil
    }
    guard names.count == total else {
      throw ModelFolderError.missing(
        folder.path, "has \(names.count) of \(total) shards (\(HubFolder.listed(names))); download the others")
    }
    return names.map { folder.appendingPathComponent($0).path }
  }

  private static func shards(index path: String, folder: URL) throws -> ([SafetensorsFile], [String: Int]) {
    let document: JSONValue
    let bytes = try InputFile.whole(path)
    do {
      document = try JSONParser.parse(bytes)
    } catch {
      throw ModelFolderError.data(path, FileKind.whyNotJSON(bytes, "\(error)"))
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
          path, "weight_map names the file \(OneLine.name(name)), which is not in this folder")
      }
      shardNames.insert(name)
    }
    let ordered = shardNames.sorted()
    let missing = ordered.filter { !InputFile.exists(folder.appendingPathComponent($0).path) }
    guard missing.isEmpty else {
      throw ModelFolderError.missing(
        folder.path,
        "lacks \(missing.count) of the \(ordered.count) shards that its index names: \(HubFolder.listed(missing)); download them"
      )
    }
    let files = try ordered.map { try SafetensorsFile(path: folder.appendingPathComponent($0).path) }
    let positions = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, $0) })
    var owners: [String: Int] = [:]
    for member in map.members {
      guard let shard = member.value.string, let position = positions[shard] else { continue }
      guard files[position].info(member.key) != nil else {
        throw ModelFolderError.data(path, "tensor \(OneLine.name(member.key)) is not in \(shard)")
      }
      owners[member.key] = position
    }
    for (position, file) in files.enumerated() {
      for name in file.names where owners[name] == nil { owners[name] = position }
    }
    return (files, owners)
  }
}

extension Substring {
  fileprivate func suffix(_ isPart: (Character) -> Bool) -> Substring {
    self[(lastIndex { !isPart($0) }.map { index(after: $0) } ?? startIndex)...]
  }
}
