import Analysis
import Foundation
import Messages
import Recipe
import Text

/// Looks into folders for models and data files. Blocks: only for a thread of its own.
struct FolderBrowser {
  /// A folder with more entries than this is shown in part: typing a path leads on.
  static let mostEntries = 4000
  /// Endings of the files that a run can be made of.
  static let dataEndings: Set<String> = ["jsonl", "ndjson", "json", "csv", "tsv"]
  /// A `config.json` that is larger is none.
  private static let mostConfigurationBytes = 1 << 20

  /// What was used before: a path, or a path as a published data set.
  struct Recent: Hashable {
    var path: String
    var published: DataReference?
  }

  let purpose: FolderListing.Purpose
  private let files = FileManager.default

  init(_ purpose: FolderListing.Purpose) { self.purpose = purpose }

  /// - Parameters:
  ///   - path: a folder, or something in one; `~` and `~/…` mean the home folder.
  ///   - recent: what was used before, newest first.
  func listing(of path: String, recent: [Recent]) throws -> FolderListing {
    var folder = URL(fileURLWithPath: PersonFolders.current.expandingTilde(path)).standardizedFileURL
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      throw Refusal("there is no \(folder.path)", exitStatus: 66)
    }
    var named: String?
    if !isFolder.boolValue {
      named = folder.lastPathComponent
      folder = folder.deletingLastPathComponent()
    }
    let names: [String]
    do {
      names = try files.contentsOfDirectory(atPath: folder.path)
    } catch {
      throw Refusal("\(folder.path) cannot be read: \(error.localizedDescription)", exitStatus: 66)
    }
    let ordered = names.sorted { a, b in
      if a.hasPrefix(".") != b.hasPrefix(".") { return b.hasPrefix(".") }
      return a.localizedStandardCompare(b) == .orderedAscending
    }
    var entries: [FolderListing.Entry] = []
    for name in ordered {
      if entries.count >= Self.mostEntries { break }
      if let entry = entry(folder.appending(path: name)) { entries.append(entry) }
    }
    let parent = folder.path == "/" ? nil : folder.deletingLastPathComponent().path
    return FolderListing(
      path: folder.path, parent: parent, entries: entries,
      recent: recent.compactMap(entry), named: named,
      isCut: entries.count < ordered.count && entries.count >= Self.mostEntries)
  }

  /// Nil for what is not there any more, or cannot be chosen.
  private func entry(_ recent: Recent) -> FolderListing.Entry? {
    let url = URL(fileURLWithPath: recent.path)
    guard let published = recent.published else { return entry(url).flatMap { $0.kind == .folder ? nil : $0 } }
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
    return FolderListing.Entry(
      name: published.displayName, path: url.path, kind: .data,
      note: isFolder.boolValue ? "" : Self.bytes(size(url)), published: published)
  }

  /// Nil for what can be neither chosen nor entered.
  private func entry(_ url: URL) -> FolderListing.Entry? {
    var isFolder: ObjCBool = false
    guard files.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
    let name = url.lastPathComponent
    if isFolder.boolValue {
      if purpose == .model {
        // Of the hub's cache the snapshot is meant; a run is kept with its place.
        let folder = HubFolder.resolved(url)
        if let note = modelNote(folder) {
          return FolderListing.Entry(name: name, path: folder.path, kind: .model, note: note)
        }
        // A folder with one GGUF file stands for it; of several the files are chosen.
        if let file = GGUFFile.path(of: folder).map({ URL(fileURLWithPath: $0) }) {
          let note = "GGUF, \(Self.bytes(size(file)))"
          return FolderListing.Entry(name: name, path: folder.path, kind: .model, note: note)
        }
      }
      return FolderListing.Entry(name: name, path: url.path, kind: .folder)
    }
    if purpose == .model, url.pathExtension.lowercased() == "gguf" {
      return FolderListing.Entry(name: name, path: url.path, kind: .model, note: "GGUF, \(Self.bytes(size(url)))")
    }
    guard purpose == .data, Self.dataEndings.contains(url.pathExtension.lowercased()) else { return nil }
    return FolderListing.Entry(name: name, path: url.path, kind: .data, note: Self.bytes(size(url)))
  }

  /// The family and the size of the weights; nil for a folder that is no model.
  private func modelNote(_ folder: URL) -> String? {
    let configuration = folder.appending(path: "config.json")
    // Of a pipe or a device there might be no end.
    guard isRegular(configuration), size(configuration) <= Self.mostConfigurationBytes,
      let data = files.contents(atPath: configuration.path),
      let json = try? JSONParser.parse([UInt8](data)), case .object(let object) = json
    else { return nil }
    var family = "config.json names no family"
    if case .string(let type)? = object["model_type"] { family = type }
    let names = (try? files.contentsOfDirectory(atPath: folder.path)) ?? []
    let weights = names.filter { $0.hasSuffix(".safetensors") }.reduce(0) { $0 + size(folder.appending(path: $1)) }
    return weights > 0 ? "\(family), \(Self.bytes(weights))" : "\(family), no *.safetensors"
  }

  private func isRegular(_ url: URL) -> Bool {
    let real = url.resolvingSymlinksInPath()
    return (try? files.attributesOfItem(atPath: real.path)[.type] as? FileAttributeType) == .typeRegular
  }

  private func size(_ url: URL) -> Int {
    // A linked file's own size is that of the link.
    let real = url.resolvingSymlinksInPath()
    return (try? files.attributesOfItem(atPath: real.path)[.size] as? Int) ?? 0
  }

  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: "\(count / 1000) kB"
    case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
    default: String(format: "%.1f GB", Double(count) / 1e9)
    }
  }
}
