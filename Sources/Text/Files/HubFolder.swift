import Foundation
import Recipe

/// The Hugging Face hub's cache, as `huggingface_hub` lays it out: `models--org--name` with `refs/main`, which names a commit,
/// and `snapshots/<commit>`, which holds the files of it as links.
public enum HubFolder {
  /// The snapshot of a cached model or adapter: that of `refs/main`, or the only one; nil for a folder that is no such cache,
  /// holds files itself, or leaves open which snapshot is meant.
  public static func snapshot(of folder: URL) -> URL? {
    guard !holdsFiles(folder), let repository = repository(folder) else { return nil }
    let snapshots = repository.appendingPathComponent("snapshots")
    if let main = commit(of: repository), InputFile.exists(snapshots.appendingPathComponent(main).path) {
      return snapshots.appendingPathComponent(main)
    }
    let all = names(in: snapshots)
    return all.count == 1 ? snapshots.appendingPathComponent(all[0]) : nil
  }

  /// The snapshot of a cache folder; any other folder itself.
  public static func resolved(_ folder: URL) -> URL { snapshot(of: folder) ?? folder }

  /// Why a folder of the cache cannot be opened by its own name; nil for other folders.
  package static func problem(_ folder: URL) -> String? {
    if let repository = repository(folder) {
      let all = names(in: repository.appendingPathComponent("snapshots"))
      if all.isEmpty { return "is a folder of the hub's cache without a snapshot; download the model again" }
      return
        "is a folder of the hub's cache with \(all.count) snapshots and no refs/main that says which is meant; name "
        + "one: " + listed(all.map { "\(repository.lastPathComponent)/snapshots/\($0)" })
    }
    for inner in [folder, folder.appendingPathComponent("hub")] {
      let models = names(in: inner).filter { $0.hasPrefix("models--") }
      if !models.isEmpty { return "is the hub's cache and not a model; name one of its folders: " + listed(models) }
    }
    return nil
  }

  /// The folder that has `snapshots`: the given one or that above it.
  private static func repository(_ folder: URL) -> URL? {
    let candidates = folder.lastPathComponent == "snapshots" ? [folder.deletingLastPathComponent(), folder] : [folder]
    return candidates.first { candidate in
      var isFolder: ObjCBool = false
      let path = candidate.appendingPathComponent("snapshots").path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
  }

  private static func commit(of repository: URL) -> String? {
    let path = repository.appendingPathComponent("refs/main").path
    guard let bytes = try? InputFile.whole(path, most: 4096) else { return nil }
    let name = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
    // A bare name: nothing outside of the cache is opened.
    return name.flatMap { $0.utf8.contains(UInt8(ascii: "/")) || $0.hasPrefix(".") ? nil : $0 }
  }

  private static func holdsFiles(_ folder: URL) -> Bool {
    ["config.json", "adapter_config.json"].contains { InputFile.exists(folder.appendingPathComponent($0).path) }
  }

  package static func names(in folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  /// A few names of a list, for one line.
  package static func listed(_ names: [String]) -> String {
    names.prefix(6).map(OneLine.name).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
  }
}
