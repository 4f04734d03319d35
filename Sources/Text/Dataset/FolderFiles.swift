import Foundation

/// The files below a folder of data, and what their names say.
package enum FolderFiles {
  /// What the hub's tools put beside the data.
  package static let besideData: Set<String> = [
    "dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json", "package.json", "metadata.json",
  ]
  /// Endings of compressed files.
  static let compressions = ["gz", "gzip", "zst", "zstd"]
  private static let deepest = 4

  /// Regular files and links to such, hidden ones and those deeper than four folders left out, in the order of the bytes of their paths.
  package static func all(below root: URL) -> [URL] {
    guard
      let walk = FileManager.default.enumerator(
        at: root, includingPropertiesForKeys: [.isRegularFileKey], options: [.skipsHiddenFiles])
    else { return [] }
    var files: [URL] = []
    for case let url as URL in walk {
      if walk.level > deepest {
        walk.skipDescendants()
        continue
      }
      // Hub downloads are links into a cache.
      let real = url.resolvingSymlinksInPath()
      if (try? real.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true { files.append(url) }
    }
    return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// `train.jsonl` of `train.jsonl.gz`.
  package static func withoutCompression(_ file: URL) -> URL {
    compressions.contains(file.pathExtension.lowercased()) ? file.deletingPathExtension() : file
  }

  /// In small letters, without that of a compression.
  package static func ending(_ file: URL) -> String { withoutCompression(file).pathExtension.lowercased() }

  /// Of a file's name and of the folders between it and `folder`, in small letters.
  package static func words(_ file: URL, in folder: URL) -> Set<String> {
    let path = file.deletingPathExtension().path.dropFirst(folder.path.count).lowercased()
    return Set(path.split { !$0.isLetter }.map(String.init))
  }
}
