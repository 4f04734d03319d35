import Foundation
import Text

/// Files that data names, such as pictures.
enum NamedFile {
  /// The file of that name in a folder, if there is one; nil where the name leads out of the folder.
  static func find(_ name: String, in folder: URL) -> URL? {
    let root = folder.standardizedFileURL.path
    guard !name.utf8.contains(0), !name.hasPrefix("/") else { return nil }
    let file = folder.appendingPathComponent(name).standardizedFileURL
    guard file.path.hasPrefix(root == "/" ? root : root + "/") else { return nil }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
    return exists && !isFolder.boolValue ? file : nil
  }
}

extension ObjectRecord {
  /// The picture that a field holds, as bytes, or names: in the folder, or in the one that an archive makes there; nil where it is not there.
  ///
  /// - Throws: `DataError` for bytes that are none, and for a field that is neither.
  func picture(_ field: String, in folder: URL) throws -> ImageSource? {
    if let bytes = try embedded(field) { return bytes }
    let inner = object.value(field)?.object
    let name = try inner == nil ? string(field) : inner?.value("path")?.string
    guard let name else { return nil }
    return ["", "image/", "images/"].lazy.compactMap { NamedFile.find($0 + name, in: folder) }.first.map {
      .file(path: $0.path)
    }
  }
}
