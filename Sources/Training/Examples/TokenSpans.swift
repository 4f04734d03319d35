import Synchronization

/// Finds the tokens of a stretch of text.
///
/// The ids stay those of the whole text, as the model meets it; a token that holds text of the stretch and of what is beside it counts
/// for the stretch, as in transformers' assistant mask.
struct TokenSpans {
  let encode: (String) -> [Int32]
  let bytes: TokenBytes
  /// Whether a token is found in a text as a whole; nil where no tokenizer's space before a text is looked for.
  var isAdded: ((Int32) -> Bool)?

  /// - Parameters:
  ///   - spans: of the text's UTF-8 bytes, ascending.
  ///   - ids: of the whole text.
  func ranges(of spans: [Range<Int>], in text: String, ids: [Int32]) -> [Range<Int>] {
    let known = bytes.ends(of: ids, in: text) ?? isAdded.flatMap { bytes.spacedEnds(of: ids, in: text, isAdded: $0) }
    guard let ends = known else { return byPrefixes(spans, Array(text.utf8), ids) }
    return spans.map { span in
      let first = Self.count(of: ends) { $0 <= span.lowerBound }
      let last = Self.count(of: ends) { $0 < span.upperBound }
      return first..<max(first, min(last + 1, ids.count))
    }
  }

  /// How many of the ascending values satisfy a condition that the first ones do.
  private static func count(of values: [Int], while holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if holds(values[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// For tokenizers that change the text: the tokens that a beginning of the text has in common with the whole.
  private func byPrefixes(_ spans: [Range<Int>], _ text: [UInt8], _ ids: [Int32]) -> [Range<Int>] {
    func common(_ place: Int) -> (count: Int, isWhole: Bool) {
      let part = encode(String(decoding: text[..<place], as: UTF8.self))
      let count = zip(part, ids).prefix { $0 == $1 }.count
      return (count, count == part.count)
    }
    return spans.map { span in
      let first = common(span.lowerBound).count
      let (last, isWhole) = common(span.upperBound)
      return first..<max(first, min(isWhole ? last : last + 1, ids.count))
    }
  }
}

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

  /// The same for tokenizers that put a space before a text, and some of them behind each added token: that space counts for the
  /// character behind it.
  func spacedEnds(of ids: [Int32], in text: String, isAdded: (Int32) -> Bool) -> [Int]? {
    let text = Array(text.utf8)
    var ends: [Int] = []
    var end = 0
    var place = 0
    while place < ids.count {
      if isAdded(ids[place]) {
        let token = self[ids[place]]
        guard text[end...].starts(with: token) else { return nil }
        end += token.count
        ends.append(end)
        place += 1
        continue
      }
      let stop = ids[place...].firstIndex(where: isAdded) ?? ids.count
      let tokens = ids[place..<stop].map { self[$0] }
      let section = Array(tokens.joined())
      let next = stop < ids.count ? self[ids[stop]] : []
      func fits(_ section: some Collection<UInt8>) -> Bool {
        let rest = text[end...]
        guard rest.starts(with: section) else { return false }
        return stop == ids.count ? rest.count == section.count : rest.dropFirst(section.count).starts(with: next)
      }
      let hasSpace = !fits(section)
      guard !hasSpace || section.first == 0x20 && fits(section.dropFirst()) else { return nil }
      let start = end - (hasSpace ? 1 : 0)
      let sectionEnd = start + section.count
      var length = 0
      for token in tokens {
        length += token.count
        ends.append(min(max(start + length, end + (hasSpace ? 1 : 0)), sectionEnd))
      }
      end = sectionEnd
      place = stop
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
