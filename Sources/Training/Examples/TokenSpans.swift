/// Finds the tokens of a stretch of text.
///
/// The ids stay those of the whole text, as the model meets it; a token that holds text of the stretch and of what is beside it counts
/// for the stretch, as in transformers' assistant mask.
struct TokenSpans {
  let encode: (String) -> [Int32]
  /// The bytes that one token stands for.
  let bytes: (Int32) -> [UInt8]

  /// - Parameters:
  ///   - spans: of the text's UTF-8 bytes, ascending.
  ///   - ids: of the whole text.
  func ranges(of spans: [Range<Int>], in text: String, ids: [Int32]) -> [Range<Int>] {
    guard let ends = ends(of: ids, in: Array(text.utf8)) else { return byPrefixes(spans, Array(text.utf8), ids) }
    return spans.map { span in
      let first = Self.count(of: ends) { $0 <= span.lowerBound }
      let last = Self.count(of: ends) { $0 < span.upperBound }
      return first..<max(first, min(last + 1, ids.count))
    }
  }

  /// Where each token ends, if the tokens' bytes one after the other are the text's.
  private func ends(of ids: [Int32], in text: [UInt8]) -> [Int]? {
    var ends: [Int] = []
    ends.reserveCapacity(ids.count)
    var place = 0
    for id in ids {
      let part = bytes(id)
      guard place + part.count <= text.count, text[place..<(place + part.count)].elementsEqual(part) else { return nil }
      place += part.count
      ends.append(place)
    }
    return place == text.count ? ends : nil
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
