#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The small text files in which a system says how it is.
enum SystemText {
  private static let most = 1 << 16

  /// Empty where there is no such file.
  static func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while bytes.count < most {
      let count = systemRead(descriptor, &piece, piece.count)
      if count > 0 {
        bytes += piece[..<count]
      } else if count == 0 || errno != EINTR {
        break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A file of one number; nil for `max`.
  static func number(_ path: String) -> Int? { Int(read(path).split(whereSeparator: \.isWhitespace).first ?? "") }

  /// Lines of a name and a number.
  static func numbers(_ path: String) -> [Substring: Int] {
    var result: [Substring: Int] = [:]
    for line in read(path).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let number = Int(words[1]) { result[words[0]] = number }
    }
    return result
  }

  /// Bytes of lines such as `MemTotal:  123 kB`.
  static func fields(_ path: String) -> [Substring: Int] {
    var result: [Substring: Int] = [:]
    for line in read(path).split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
      guard words.count == 2, words[1] == "kB", let number = Int(words[0]) else { continue }
      result[line[..<colon]] = number * 1024
    }
    return result
  }

  private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer, count)
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer, count)
    #else
      Darwin.read(descriptor, buffer, count)
    #endif
  }
}
