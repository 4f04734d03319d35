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

  /// Refuses what nests too deep, and what the parser meets with an assertion instead of an error: a value that is missing, a
  /// bracket that closes another, a table's name that is none.
  package static func check(_ text: String) throws(TOMLTextError) {
    guard text.utf8.count <= longest else { throw TOMLTextError(reason: "is larger than \(longest >> 10) KiB") }
    var scan = TOMLScan(text)
    try scan.run()
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
