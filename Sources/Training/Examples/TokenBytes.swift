import Synchronization

/// The bytes of tokens, each asked for once: decoding one takes much longer than comparing it.
final class TokenBytes: Sendable {
  private struct Known {
    /// By id: where in `bytes` a token's are; negative where it was not asked for yet.
    var places: [(start: Int, count: Int)] = []
    var bytes: [UInt8] = []
  }

  private let decode: @Sendable (Int32) -> [UInt8]
  private let known = Mutex(Known())
  /// Ids beyond any vocabulary are not kept.
  private static let mostTokens = 1 << 22

  /// - Parameter decode: the bytes that a token stands for.
  init(_ decode: @escaping @Sendable (Int32) -> [UInt8]) { self.decode = decode }

  /// What a token stands for; nothing for an id without a token.
  subscript(id: Int32) -> [UInt8] {
    known.withLock { known in
      guard let (start, count) = place(of: id, &known) else { return [] }
      return Array(known.bytes[start..<start + count])
    }
  }

  /// Where each token ends, if the tokens' bytes one after the other are the text's.
  func ends(of ids: [Int32], in text: String) -> [Int]? {
    var text = text
    return text.withUTF8 { text in known.withLock { ends(of: ids, in: text, &$0) } }
  }

  private func ends(of ids: [Int32], in text: UnsafeBufferPointer<UInt8>, _ known: inout Known) -> [Int]? {
    var ends: [Int] = []
    ends.reserveCapacity(ids.count)
    var end = 0
    for id in ids {
      guard let (start, count) = place(of: id, &known), end + count <= text.count,
        known.bytes[start..<start + count].elementsEqual(text[end..<end + count])
      else { return nil }
      end += count
      ends.append(end)
    }
    return end == text.count ? ends : nil
  }

  private func place(of id: Int32, _ known: inout Known) -> (start: Int, count: Int)? {
    guard let index = Int(exactly: id), index >= 0, index < Self.mostTokens else { return nil }
    if index >= known.places.count {
      known.places.append(contentsOf: repeatElement((start: -1, count: 0), count: index + 1 - known.places.count))
    }
    if known.places[index].start < 0 {
      let bytes = decode(id)
      known.places[index] = (known.bytes.count, bytes.count)
      known.bytes += bytes
    }
    return known.places[index]
  }
}
