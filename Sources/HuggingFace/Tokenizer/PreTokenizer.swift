/// One stage of cutting a text into words. Stages pass pieces on without copying, except to put a space in front.
enum PreTokenizer: Sendable {
  /// Digits of any script apart from the rest; each by itself, or runs of them.
  case digits(individual: Bool)
  /// Pieces are the matches and what lies between them.
  case split(Pattern, keepsGaps: Bool, keepsMatches: Bool)
  case literal([UInt32], keepsGaps: Bool, keepsMatches: Bool)
  case prefixSpace

  /// GPT-2's pattern, as `tokenizers`' ByteLevel has it.
  static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Calls `body` with every piece that the stages from `index` on make of `text`. No piece is empty.
  static func run(
    _ stages: [PreTokenizer], from index: Int = 0, _ text: UnsafeBufferPointer<UInt32>,
    _ body: (UnsafeBufferPointer<UInt32>) -> Void
  ) {
    guard !text.isEmpty else { return }
    guard index < stages.count else {
      body(text)
      return
    }
    func pass(_ range: Range<Int>) {
      run(stages, from: index + 1, UnsafeBufferPointer(rebasing: text[range]), body)
    }
    switch stages[index] {
    case .prefixSpace:
      if text[0] == 0x20 {
        run(stages, from: index + 1, text, body)
      } else {
        ([0x20] + Array(text)).withUnsafeBufferPointer { run(stages, from: index + 1, $0, body) }
      }
    case .digits(let individual): cutDigits(text, individual: individual, pass)
    case .split(let pattern, let keepsGaps, let keepsMatches):
      cut(text, keepsGaps: keepsGaps, keepsMatches: keepsMatches, pass) { pattern.match(text, at: $0) }
    case .literal(let literal, let keepsGaps, let keepsMatches):
      cut(text, keepsGaps: keepsGaps, keepsMatches: keepsMatches, pass) { start in
        let end = start + literal.count
        return end <= text.count && text[start..<end].elementsEqual(literal) ? end : nil
      }
    }
  }

  private static func cut(
    _ text: UnsafeBufferPointer<UInt32>, keepsGaps: Bool, keepsMatches: Bool, _ pass: (Range<Int>) -> Void,
    matchEnd: (Int) -> Int?
  ) {
    var gapStart = 0
    var position = 0
    while position < text.count {
      guard let end = matchEnd(position), end > position else {
        position += 1
        continue
      }
      if keepsGaps, gapStart < position { pass(gapStart..<position) }
      if keepsMatches { pass(position..<end) }
      position = end
      gapStart = end
    }
    if keepsGaps, gapStart < text.count { pass(gapStart..<text.count) }
  }

  private static func cutDigits(
    _ text: UnsafeBufferPointer<UInt32>, individual: Bool, _ pass: (Range<Int>) -> Void
  ) {
    func isDigit(_ value: UInt32) -> Bool {
      value < 128 ? (48..<58).contains(value) : CategoryBits.of(value) & CategoryBits.number != 0
    }
    var start = 0
    while start < text.count {
      let digit = isDigit(text[start])
      var end = start + 1
      if !(digit && individual) {
        while end < text.count, isDigit(text[end]) == digit { end += 1 }
      }
      pass(start..<end)
      start = end
    }
  }
}
