import Foundation

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
