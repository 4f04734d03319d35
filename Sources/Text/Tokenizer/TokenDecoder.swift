/// One stage of making text of tokens. A stage takes the list of the tokens' texts and gives another.
enum TokenDecoder: Sendable {
  case byteLevel
  /// `<0x41>` is a byte; bytes that are not UTF-8 together are U+FFFD each.
  case byteFallback
  case metaspace(mark: [UInt8], dropsFirst: Bool)
  case replace(Pattern, with: [UInt8])
  case fuse
  case strip(character: [UInt8], start: Int, stop: Int)
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case bpe(suffix: [UInt8])

  /// - Parameter keepsBytes: bytes that are not UTF-8 stay as they are.
  func apply(_ tokens: [[UInt8]], keepsBytes: Bool, failure: inout PatternError?) -> [[UInt8]] {
    switch self {
    case .byteLevel:
      let bytes = tokens.flatMap { ByteLevelAlphabet.bytes(of: $0) ?? $0 }
      return [keepsBytes ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .byteFallback: return Self.fallBack(tokens, keepsBytes: keepsBytes)
    case .metaspace(let mark, let dropsFirst):
      return tokens.enumerated().map { index, token in
        Self.replacing(mark, with: index == 0 && dropsFirst ? [] : [0x20], in: token)
      }
    case .replace(let pattern, let content):
      let matcher = PatternMatcher()
      let most = (1 << 20) + 12 * tokens.reduce(0) { $0 + $1.count }
      var made = 0
      let result = tokens.map { token in
        guard matcher.failure == nil else { return token }
        // With bytes kept, a token may be no UTF-8; no pattern is asked about it.
        guard !keepsBytes || UTF8Validation.firstInvalidOffset(token) == nil else { return token }
        var result: [UInt8] = []
        token.withUnsafeBufferPointer { text in
          guard !text.isEmpty else { return }
          matcher.begin(text.count)
          matcher.forEachMatch(of: pattern, in: text) { range, isMatch in
            guard made + result.count + content.count <= most else {
              return matcher.fail(pattern, "makes more than \(most) bytes of the tokens")
            }
            result.append(contentsOf: isMatch ? content[...] : token[range])
          }
        }
        made += result.count
        return result
      }
      failure = matcher.failure
      return result
    case .fuse: return [Array(tokens.joined())]
    case .strip(let character, let start, let stop):
      return tokens.map { Self.stripping(character, start: start, stop: stop, $0) }
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { index, token in
        var result = token
        if index > 0 { result = token.starts(with: prefix) ? Array(token[prefix.count...]) : [0x20] + token }
        return cleansUp ? Self.cleaned(result) : result
      }
    case .bpe(let suffix):
      return tokens.enumerated().map { index, token in
        Self.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20], in: token)
      }
    }
  }

  /// Whether a further token leaves the text of those before it as it is, but for bytes and characters at its end that are not whole yet.
  ///
  /// - Parameter stages: nil joins tokens by spaces.
  static func onlyAppend(_ stages: [TokenDecoder]?) -> Bool {
    var isOneText = false
    return (stages ?? []).allSatisfy { stage in
      switch stage {
      case .byteLevel, .fuse:
        isOneText = true
        return true
      case .byteFallback, .replace, .metaspace, .wordPiece: return !isOneText
      case .strip(_, _, let stop): return !isOneText || stop == 0
      // The last token is written differently.
      case .bpe: return false
      }
    }
  }

  private static func fallBack(_ tokens: [[UInt8]], keepsBytes: Bool) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      if keepsBytes || UTF8Validation.firstInvalidOffset(bytes) == nil {
        result.append(bytes)
      } else {
        result += [[UInt8]](repeating: Array("\u{FFFD}".utf8), count: bytes.count)
      }
      bytes = []
    }
    for token in tokens {
      if let byte = byte(of: token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }

  /// The byte that `<0x41>` stands for.
  private static func byte(of token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  private static func replacing(_ old: [UInt8], with new: [UInt8], in token: [UInt8]) -> [UInt8] {
    guard !old.isEmpty else { return token }
    var result: [UInt8] = []
    var place = 0
    while place < token.count {
      if token[place...].starts(with: old) {
        result += new
        place += old.count
      } else {
        result.append(token[place])
        place += 1
      }
    }
    return result
  }

  private static func stripping(_ character: [UInt8], start: Int, stop: Int, _ token: [UInt8]) -> [UInt8] {
    guard !character.isEmpty else { return token }
    var rest = token[...]
    for _ in 0..<start {
      guard rest.starts(with: character) else { break }
      rest = rest.dropFirst(character.count)
    }
    for _ in 0..<stop {
      guard rest.count >= character.count, rest.suffix(character.count).elementsEqual(character) else { break }
      rest = rest.dropLast(character.count)
    }
    return Array(rest)
  }

  /// As the library has it, one after the other.
  private static let repairs = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  private static func cleaned(_ token: [UInt8]) -> [UInt8] {
    repairs.reduce(token) { replacing(Array($1.0.utf8), with: Array($1.1.utf8), in: $0) }
  }
}
