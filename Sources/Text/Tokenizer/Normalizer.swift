/// What is done to a text before it is cut into words.
enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  /// StripAccents and Nmt are replacements too.
  case replace(Pattern, with: [UInt8])
  case prepend([UInt8])
  case strip(left: Bool, right: Bool)
  case characterMap(CharacterMap)
  /// GPT-2's characters for bytes.
  case byteLevel

  /// - Parameter keepsStart: becomes false where the text's first character no longer stands for the beginning of the original,
  ///   by which Metaspace's scheme `first` goes.
  func apply(_ text: inout [UInt8], keepsStart: inout Bool, matcher: PatternMatcher) {
    guard !text.isEmpty, matcher.failure == nil else { return }
    switch self {
    case .form(let form): form.apply(&text)
    case .lowercase: Self.lowercase(&text)
    case .replace(let pattern, let content):
      Self.replace(&text, pattern, content, keepsStart: &keepsStart, matcher)
    case .prepend(let content): text.insert(contentsOf: content, at: 0)
    case .strip(let left, let right):
      let range = Self.withoutSpaces(text, left: left, right: right)
      if range.lowerBound > 0 { keepsStart = false }
      if range.count < text.count { text = Array(text[range]) }
    case .characterMap(let map): map.apply(&text)
    case .byteLevel: text = ByteLevelAlphabet.text(of: text)
    }
  }

  private static func lowercase(_ text: inout [UInt8]) {
    if text.allSatisfy({ $0 < 0x80 }) {
      for index in text.indices where (0x41...0x5A).contains(text[index]) { text[index] += 0x20 }
      return
    }
    // Each character by itself, as Rust's `char::to_lowercase`: no final sigma.
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      if scalar.value < 0x80 {
        result.append(UInt8(scalar.value) + ((0x41...0x5A).contains(scalar.value) ? 0x20 : 0))
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
    }
    text = result
  }

  private static func replace(
    _ text: inout [UInt8], _ pattern: Pattern, _ content: [UInt8], keepsStart: inout Bool, _ matcher: PatternMatcher
  ) {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 4)
    text.withUnsafeBufferPointer { text in
      matcher.forEachMatch(of: pattern, in: text) { range, isMatch in
        if !isMatch { return result.append(contentsOf: text[range]) }
        guard result.count + content.count <= matcher.mostBytes else {
          return matcher.fail(pattern, "makes more than \(matcher.mostBytes) bytes of the text")
        }
        result.append(contentsOf: content)
        // What replaces several characters stands for the last of them.
        let characters = text[range].count { $0 & 0xC0 != 0x80 }
        if range.lowerBound == 0, !range.isEmpty, content.isEmpty || characters > 1 { keepsStart = false }
      }
    }
    text = result
  }

  private static func withoutSpaces(_ text: [UInt8], left: Bool, right: Bool) -> Range<Int> {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    var rest = scalars[...]
    var start = 0
    var end = text.count
    while left, let first = rest.first, first.properties.isWhitespace {
      start += UTF8.width(first)
      rest.removeFirst()
    }
    while right, let last = rest.last, last.properties.isWhitespace {
      end -= UTF8.width(last)
      rest.removeLast()
    }
    return start..<end
  }
}
