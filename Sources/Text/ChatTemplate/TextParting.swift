import Recipe

/// Where two texts that should begin alike part, for a person to see.
struct TextParting {
  /// Bytes that both have.
  let common: Int
  let left: ArraySlice<UInt8>
  let right: ArraySlice<UInt8>
  private let before: ArraySlice<UInt8>
  /// Bytes of each text that are shown.
  private static let shown = 40

  init(_ left: [UInt8], _ right: [UInt8]) {
    common = Self.common(left, right)
    before = left[..<common]
    self.left = left[common...]
    self.right = right[common...]
  }

  static func common(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var count = 0
    let most = min(left.count, right.count)
    while count < most, left[count] == right[count] { count += 1 }
    // Not within a character.
    while count > 0, count < left.count, left[count] & 0xC0 == 0x80 { count -= 1 }
    return count
  }

  /// What both have last, and how each goes on.
  func words(_ leftName: String, _ rightName: String) -> String {
    let place = before.isEmpty ? "at the start" : "after \(Self.quoted(before.suffix(Self.shown / 2), isEnd: true))"
    return "\(place) \(leftName) has \(Self.quoted(left.prefix(Self.shown))), "
      + "\(rightName) \(Self.quoted(right.prefix(Self.shown)))"
  }

  /// Whether they are alike but for white space.
  var isWhiteSpaceOnly: Bool {
    func marks(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
      // A text that goes on may end within what the other still has.
      Array(bytes.lazy.filter { !ChatTemplate.isSpace($0) }.prefix(24))
    }
    let (first, second) = (marks(left), marks(right))
    let count = min(first.count, second.count)
    return first.prefix(count) == second.prefix(count) && (left.first != right.first)
      && (left.first.map(ChatTemplate.isSpace) ?? false || right.first.map(ChatTemplate.isSpace) ?? false)
  }

  /// A text between quotation marks, line ends and the like written out.
  static func quoted(_ bytes: ArraySlice<UInt8>, isEnd: Bool = false) -> String {
    var bytes = bytes
    // A cut may have fallen into a character.
    if isEnd { bytes = bytes.drop { $0 & 0xC0 == 0x80 } }
    var text = String(decoding: bytes, as: UTF8.self)
    while !isEnd, text.unicodeScalars.last == "\u{FFFD}" { text.unicodeScalars.removeLast() }
    let escapes: [Unicode.Scalar: String] = ["\n": "\\n", "\r": "\\r", "\t": "\\t", "\"": "\\\""]
    return "\"" + text.unicodeScalars.map { escapes[$0] ?? OneLine.name(String($0)) }.joined() + "\""
  }
}

/// Finds bytes in bytes.
package enum ByteSearch {
  /// The first place from one on where `wanted` stands; an empty one stands everywhere. Takes time in the text's size, whatever it says.
  package static func first(_ wanted: [UInt8], in text: [UInt8], from: Int) -> Int? {
    guard let head = wanted.first else { return from }
    let last = text.count - wanted.count
    // As a rule it stands near the beginning; a text of repetitions would take its length times the other's.
    var budget = 4 * text.count + 64
    var place = from
    while place <= last {
      if text[place] == head {
        var matched = 1
        while matched < wanted.count, text[place + matched] == wanted[matched] { matched += 1 }
        if matched == wanted.count { return place }
        budget -= matched
        if budget < 0 { return steady(wanted, in: text, from: place) }
      }
      place += 1
    }
    return nil
  }

  /// The last place where `wanted`, which is not empty, stands.
  package static func last(_ wanted: [UInt8], in text: [UInt8]) -> Int? {
    first(wanted.reversed(), in: text.reversed(), from: 0).map { text.count - $0 - wanted.count }
  }

  /// By Knuth, Morris and Pratt.
  private static func steady(_ wanted: [UInt8], in text: [UInt8], from: Int) -> Int? {
    var borders = [Int](repeating: 0, count: wanted.count)
    var border = 0
    for place in wanted.indices.dropFirst() {
      while border > 0, wanted[place] != wanted[border] { border = borders[border - 1] }
      if wanted[place] == wanted[border] { border += 1 }
      borders[place] = border
    }
    var matched = 0
    for place in from..<text.count {
      while matched > 0, text[place] != wanted[matched] { matched = borders[matched - 1] }
      if text[place] == wanted[matched] { matched += 1 }
      if matched == wanted.count { return place - matched + 1 }
    }
    return nil
  }
}
