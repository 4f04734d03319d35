import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Puts a file in its place so that a power cut leaves either the old one or the new one, whole.
enum DurableFile {
  /// A name beside `file` that no other process writes to.
  static func placeBeside(_ file: URL) -> URL {
    file.deletingLastPathComponent().appendingPathComponent(
      ".\(file.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).new")
  }

  /// Flushes `source`, renames it to `file`, and flushes the folder. Throws `TrainingError.cannotWrite`.
  static func move(_ source: URL, to file: URL) throws {
    try flush(source.path)
    guard rename(source.path, file.path) == 0 else {
      throw TrainingError.cannotWrite(path: file.path, reason: String(cString: strerror(errno)))
    }
    try flush(file.deletingLastPathComponent().path)
  }

  private static func flush(_ path: String) throws {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else {
      throw TrainingError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw TrainingError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }
}
