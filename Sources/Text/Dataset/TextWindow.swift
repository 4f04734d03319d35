import Foundation

/// The part of a text that is being read: a few lines of a file of any size.
final class TextWindow {
  let path: String
  private let source: any ByteSource
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  /// The bytes that were read and not taken lie from `first` to `end`.
  private var first = 0
  private var end = 0
  private var isAtEnd = false
  /// Of the first byte that was not taken, in the decompressed file.
  private(set) var offset = 0
  private var total = 0

  /// Of a line, of a field, and of what stands in quotation marks.
  static let longest = 256 << 20

  /// - Parameter source: a byte-order mark at its beginning is passed over.
  init(_ source: any ByteSource, path: String) {
    self.source = source
    self.path = path
    capacity = 1 << 18
    memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  }

  deinit { memory.deallocate() }

  /// What was read and not taken; until the next call of anything else.
  var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: (memory + first).assumingMemoryBound(to: UInt8.self), count: end - first)
  }

  func take(_ count: Int) {
    first += count
    offset += count
  }

  /// Reads more behind what is there.
  ///
  /// - Parameter limit: of what may be waiting to be taken.
  /// - Returns: whether there was more.
  func more(limit: Int = longest) throws -> Bool {
    if isAtEnd { return false }
    if first > 0 {
      memory.copyMemory(from: memory + first, byteCount: end - first)
      end -= first
      first = 0
    }
    guard end < limit else {
      throw DataError.data(path, "has a record of more than \(limit >> 20) MB from byte \(offset) on; split it")
    }
    if end == capacity {
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 16)
      larger.copyMemory(from: memory, byteCount: end)
      memory.deallocate()
      memory = larger
      capacity *= 2
    }
    let count = try source.read(into: UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end))
    isAtEnd = count == 0
    total += count
    guard total <= Self.mostBytes else { throw FileError.endless(path, most: Self.mostBytes) }
    end += count
    if offset == 0, first == 0, end >= 3, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { take(3) }
    return count > 0
  }

  private static let mostBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory) * 4

  /// The next line without its line feed, and takes it; nil at the end. Valid until the next call.
  func line() throws -> UnsafeBufferPointer<UInt8>? {
    var searched = 0
    while true {
      let bytes = self.bytes
      if let start = bytes.baseAddress, let found = memchr(start + searched, 0x0A, bytes.count - searched) {
        let count = found - UnsafeMutableRawPointer(mutating: start)
        take(count + 1)
        return UnsafeBufferPointer(start: start, count: count)
      }
      searched = bytes.count
      if try !more() {
        let last = self.bytes
        if last.isEmpty { return nil }
        take(last.count)
        return last
      }
    }
  }

  /// All that is left, which may be as large as memory allows.
  func rest() throws -> [UInt8] {
    let limit = Int(clamping: ProcessInfo.processInfo.physicalMemory) / 2
    while try more(limit: limit) {}
    let result = Array(bytes)
    take(result.count)
    return result
  }
}
