import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which file or folder it is, whatever it is called: two paths of the same device and inode are one thing.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// Nil where nothing is; links are followed.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// The path without links. What does not exist yet keeps its name below the part that does.
  package static func real(_ path: String) -> String {
    var existing = URL(fileURLWithPath: path).standardizedFileURL.path
    var rest: [String] = []
    while existing != "/" {
      if let real = realpath(existing, nil) {
        defer { free(real) }
        return ([String(cString: real)] + rest.reversed()).joined(separator: "/")
      }
      rest.append((existing as NSString).lastPathComponent)
      existing = (existing as NSString).deletingLastPathComponent
    }
    return "/" + rest.reversed().joined(separator: "/")
  }

  /// Whether `path` is `folder`, or would be within it.
  package static func lies(_ path: String, within folder: String) -> Bool {
    guard let wanted = FileIdentity(folder) else { return false }
    var place = real(path)
    while true {
      if FileIdentity(place) == wanted { return true }
      if place == "/" || place.isEmpty { return false }
      place = (place as NSString).deletingLastPathComponent
    }
  }
}
