/// Finds the tokens of a stretch of text.
///
/// The ids stay those of the whole text, as the model meets it; a token that holds text of the stretch and of what is beside it counts
/// for the stretch, as in transformers' assistant mask.
struct TokenSpans {
  let encode: (String) -> [Int32]
  let bytes: TokenBytes

  /// - Parameters:
  ///   - spans: of the text's UTF-8 bytes, ascending.
  ///   - ids: of the whole text.
  func ranges(of spans: [Range<Int>], in text: String, ids: [Int32]) -> [Range<Int>] {
    guard let ends = bytes.ends(of: ids, in: text) else { return byPrefixes(spans, Array(text.utf8), ids) }
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
