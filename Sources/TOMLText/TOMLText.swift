import Foundation
import TOMLKit

/// TOML files that a person writes: read and checked before the parser sees them, which calls itself for each part of a key and each
/// level of nesting and would exhaust the stack.
package enum TOMLText {
  /// Bytes; a plan of thousands of combinations has a tenth of it.
  package static let longest = 1 << 20
  /// Parts of a dotted key, and levels of lists and tables.
  package static let deepest = 64

  /// The file's text: a regular file of UTF-8.
  package static func contents(of path: String) throws(TOMLTextError) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = errno == ENOENT ? "no such file" : String(cString: strerror(errno))
      throw TOMLTextError(reason: "cannot be read: \(reason); check the path", isMissing: true)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw TOMLTextError(reason: "is no regular file; check the path", isMissing: true)
    }
    // One byte more than there may be tells that it is too long, whatever the size says.
    let bytes: [UInt8]
    do { bytes = Array(try file.read(upToCount: longest + 1) ?? Data()) } catch {
      throw TOMLTextError(reason: "cannot be read", isMissing: true)
    }
    guard bytes.count <= longest else {
      throw TOMLTextError(reason: "is larger than \(longest >> 10) KiB; is it the right file?")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      let good = String(decoding: bytes, as: UTF8.self)
      let line = 1 + good.unicodeScalars.prefix { $0 != "\u{FFFD}" && $0 != "\0" }.count { $0 == "\n" }
      throw TOMLTextError(reason: "is not UTF-8 text; save it as UTF-8", line: line)
    }
    return text
  }

  /// The table that a text holds.
  package static func table(_ text: String) throws(TOMLTextError) -> TOMLTable {
    try check(text)
    do { return try TOMLTable(string: text) } catch let error as TOMLParseError {
      throw TOMLTextError(reason: "not TOML: \(error.description)", line: Int(error.source.begin.line))
    } catch {
      throw TOMLTextError(reason: "not TOML: \(error)")
    }
  }

  /// Refuses what nests too deep, wherever it stands outside of strings and comments.
  package static func check(_ text: String) throws(TOMLTextError) {
    let bytes = Array(text.utf8)
    guard bytes.count <= longest else { throw TOMLTextError(reason: "is larger than \(longest >> 10) KiB") }
    var (line, depth, dots, place) = (1, 0, 0, 0)
    /// Whether nothing but white space stands before on this line.
    var startsLine = true
    /// Behind a string that begins here.
    func skipString() {
      let quote = bytes[place]
      let isLong = place + 2 < bytes.count && bytes[place + 1] == quote && bytes[place + 2] == quote
      place += isLong ? 3 : 1
      while place < bytes.count {
        let byte = bytes[place]
        if byte == 0x0A {
          if !isLong { return }
          line += 1
        }
        if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
          place += 2
          continue
        }
        if byte == quote {
          guard isLong else {
            place += 1
            return
          }
          if place + 2 < bytes.count, bytes[place + 1] == quote, bytes[place + 2] == quote {
            place += 3
            return
          }
        }
        place += 1
      }
    }
    while place < bytes.count {
      if startsLine, depth == 0, bytes[place] == UInt8(ascii: "[") { try checkHeader(bytes, place, line) }
      if bytes[place] == 0x0A {
        startsLine = true
      } else if bytes[place] != 0x20, bytes[place] != 0x09, bytes[place] != 0x0D {
        startsLine = false
      }
      switch bytes[place] {
      case 0: throw TOMLTextError(reason: "holds a NUL byte; is it the right file?", line: line)
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        skipString()
        continue
      case UInt8(ascii: "#"):
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
        continue
      case 0x0A:
        line += 1
        dots = 0
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "="), UInt8(ascii: ","): dots = 0
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        dots = 0
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth = max(0, depth - 1)
        dots = 0
      default: break
      }
      guard dots < deepest else { throw TOMLTextError(reason: "a key of more than \(deepest) parts", line: line) }
      guard depth <= deepest else {
        throw TOMLTextError(reason: "lists or tables more than \(deepest) deep", line: line)
      }
      place += 1
    }
  }

  /// The parser ends the process where a table's name begins with anything that no key begins with, such as `[=`.
  private static func checkHeader(_ bytes: [UInt8], _ start: Int, _ line: Int) throws(TOMLTextError) {
    var place = start + 1
    func skipSpace() { while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 } }
    skipSpace()
    if place < bytes.count, bytes[place] == UInt8(ascii: "[") {
      place += 1
      skipSpace()
    }
    guard place < bytes.count else { return }
    switch bytes[place] {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return
    case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "]"): return
    default:
      throw TOMLTextError(
        reason: "not TOML: a table's name is of letters a to z, digits, _ and -, or stands in quotes", line: line)
    }
  }
}

/// Why a TOML file is refused; the reader adds the file's name.
package struct TOMLTextError: Error, Equatable {
  package var reason: String
  package var line: Int?
  /// There is no such file, rather than a wrong one.
  package var isMissing = false

  init(reason: String, line: Int? = nil, isMissing: Bool = false) {
    self.reason = reason
    self.line = line
    self.isMissing = isMissing
  }
}
