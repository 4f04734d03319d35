import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Makes a rename survive a power cut: the file's own bytes are flushed by who wrote it, its name is the folder's.
enum DurableFolder {
  static func flush(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY)
    guard descriptor >= 0 else {
      throw TrainingError.cannotWrite(path: folder.path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    // Some file systems cannot flush a folder and say so; the file is in place all the same.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw TrainingError.cannotWrite(path: folder.path, reason: String(cString: strerror(errno)))
    }
  }
}
