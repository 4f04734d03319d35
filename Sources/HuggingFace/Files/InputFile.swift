import Foundation

/// An open file, read by position.
///
/// Read and not mapped: a mapping whose file is cut short by another program kills the process, a read returns less.
/// Every weight is copied into aligned memory once anyway.
final class InputFile: Sendable {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(path: String) throws(FileError) {
    self.path = path
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw .open(path, code: errno) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw .open(path, code: code)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      close(opened)
      throw .open(path, code: EISDIR)
    }
    descriptor = opened
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  func fill(_ buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30), off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw .shortened(path)
      } else if errno != EINTR {
        throw .read(path, code: errno)
      }
    }
  }

  func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    do {
      try result.withUnsafeMutableBytes { try fill($0, from: offset) }
    } catch let error as FileError {
      throw error
    } catch {
      throw .read(path, code: EIO)
    }
    return result
  }

  /// The whole of a file, pipes included.
  static func contents(of path: String) throws(FileError) -> [UInt8] {
    let file = try InputFile(path: path)
    let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    guard file.size <= memory else { throw .tooLarge(path, size: file.size) }
    var result: [UInt8] = []
    result.reserveCapacity(file.size)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file.descriptor, &chunk, chunk.count)
      if count == 0 { return result }
      if count > 0 {
        result.append(contentsOf: chunk[..<count])
        guard result.count <= memory else { throw .tooLarge(path, size: result.count) }
      } else if errno != EINTR {
        throw .read(path, code: errno)
      }
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
