import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A pipe, or standard input: read to its end, which might not come.
public struct ByteStream: Sendable {
  /// Of the stream, in messages; with what is open for reading.
  let path: String
  let descriptor: Int32

  public init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// Standard input as a text of a person's own: a prompt, or lines to tokenise.
  public static let standardInput = ByteStream(path: "standard input", descriptor: STDIN_FILENO)

  /// Everything that comes. The bytes lie twice in memory for a moment, and what is made of them takes as much again, so that a
  /// third of what is free is the most that is taken.
  ///
  /// - Parameter most: bytes at most.
  /// - Throws: `FileError` for a device without an end, for more than that, and for what cannot be read.
  public func contents(most: Int = .max) throws(FileError) -> [UInt8] {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw .open(path, code: EISDIR) }
    let most = min(most, MemoryLimit.current.available / 3)
    var pieces: [[UInt8]] = []
    var total = 0
    var size = 1 << 16
    while true {
      var problem: Int32 = 0
      let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
        filled = 0
        while filled < size {
          let count = Self.systemRead(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
          if count > 0 {
            filled += count
          } else if count == 0 {
            break
          } else if errno != EINTR {
            problem = errno
            break
          }
        }
      }
      if problem != 0 { throw .read(path, code: problem) }
      total += piece.count
      guard total <= most else { throw .endless(path, most: most) }
      pieces.append(piece)
      if piece.count < size { break }
      size = min(2 * size, 1 << 24)
    }
    if pieces.count == 1 { return pieces[0] }
    var result: [UInt8] = []
    result.reserveCapacity(total)
    for index in pieces.indices {
      result += pieces[index]
      pieces[index] = []
    }
    return result
  }

  private static func systemRead(_ descriptor: Int32, _ base: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, base, count)
    #else
      Darwin.read(descriptor, base, count)
    #endif
  }
}
