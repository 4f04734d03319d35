import Foundation
import Recipe

/// The folder that a data file's pictures must lie in.
struct PictureRoot {
  /// Absolute, without `.` and `..`.
  let folder: String
  /// Named by the person, and not just the data file's own.
  let isGiven: Bool

  init(dataFile: String, given: String?) {
    isGiven = given != nil
    folder = Self.normalized(Self.absolute(given ?? Self.folder(of: dataFile)))
  }

  /// Where a picture lies, if that is a file that may be read.
  ///
  /// - Throws: `DataError` with the record's place and the path.
  func path(of name: String, _ fields: RecordFields) throws -> String {
    let shown = OneLine.name(name)
    let path = Self.normalized(Self.isAbsolute(name) ? name : "\(folder)/\(name)")
    let place = isGiven ? "the folder \(folder) of --image-root" : "the data file's folder"
    let outside = fields.error(
      "the picture \(shown) lies outside of \(place); name the folder of the pictures with --image-root")
    guard !name.utf8.contains(0), Self.contains(folder, path) else { throw outside }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw fields.missingFile("there is no picture \(path); check the path, or name its folder with --image-root")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fields.error("the picture \(path) is not a file") }
    // Where nobody named the folder, a link does not lead out of it either.
    if !isGiven, let real = Self.real(path), let realFolder = Self.real(folder), !Self.contains(realFolder, real) {
      throw outside
    }
    return path
  }

  // Paths are bytes to the system: a slash with a combining mark behind it is no slash to Swift's strings.
  private static let slash = UInt8(ascii: "/")

  private static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  private static func contains(_ folder: String, _ path: String) -> Bool {
    folder == "/" || path.utf8.starts(with: (folder + "/").utf8)
  }

  private static func folder(of path: String) -> String {
    guard let last = path.utf8.lastIndex(of: slash) else { return "." }
    return String(path[...last])
  }

  private static func absolute(_ path: String) -> String {
    isAbsolute(path) ? path : FileManager.default.currentDirectoryPath + "/" + path
  }

  /// By its letters alone, whatever links there are.
  private static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.utf8.split(separator: slash).map({ Substring($0) }) where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
