/// One line of text under edit: what a field does with a key, as a value.
public struct TextField: Sendable, Equatable {
  public enum Outcome: Sendable, Equatable {
    /// The text or the cursor changed.
    case edited
    case accepted
    case cancelled
    /// Tab: the owner completes, if it can.
    case complete
    case ignored
  }

  public private(set) var text: String
  /// Characters before the cursor.
  public private(set) var cursor: Int
  /// Characters at most; further ones are left out.
  public var limit: Int

  public init(_ text: String = "", limit: Int = 4096) {
    self.text = text
    self.limit = limit
    cursor = text.count
  }

  public mutating func handle(_ key: Key) -> Outcome {
    switch key {
    case .enter: return .accepted
    case .escape, .control("c"): return .cancelled
    case .tab: return .complete
    case .character(let character): return insert(String(character))
    // Line breaks of a paste become spaces, so that pasted text can never act as keys.
    case .paste(let pasted): return insert(pasted)
    case .left, .control("b"): return move(to: cursor - 1)
    case .right, .control("f"): return move(to: cursor + 1)
    case .home, .control("a"): return move(to: 0)
    case .end, .control("e"): return move(to: text.count)
    case .backspace, .control("h"): return remove(cursor - 1..<cursor)
    case .delete, .control("d"): return remove(cursor..<cursor + 1)
    case .control("u"): return remove(0..<text.count)
    case .control("k"): return remove(cursor..<text.count)
    case .control("w"): return remove(wordStart..<cursor)
    default: return .ignored
    }
  }

  /// Replaces all; the cursor goes to the end.
  public mutating func set(_ text: String) {
    self.text = String(text.prefix(limit))
    cursor = self.text.count
  }

  /// Puts a text in the place of some characters; the cursor goes to its end.
  public mutating func replace(_ range: Range<Int>, with new: String) {
    let characters = Array(text)
    let range = range.clamped(to: 0..<characters.count)
    let head = String(characters[..<range.lowerBound]) + new
    text = String((head + String(characters[range.upperBound...])).prefix(limit))
    cursor = min(head.count, text.count)
  }

  /// The part that fits `columns`, scrolled so that the cursor shows, and the cursor's column in it.
  public func window(columns: Int) -> (text: String, cursorColumn: Int) {
    guard columns > 0 else { return ("", 0) }
    let characters = Array(text)
    let widths = characters.map { CharacterWidth.columns(String($0)) }
    var start = 0
    var used = widths[0..<cursor].reduce(0, +)
    // One column stays free for a cursor after the last character.
    while used > columns - 1, start < cursor {
      used -= widths[start]
      start += 1
    }
    var end = start
    var shown = 0
    while end < characters.count, shown + widths[end] <= columns {
      shown += widths[end]
      end += 1
    }
    return (String(characters[start..<end]), used)
  }

  private var wordStart: Int {
    let characters = Array(text)
    var index = cursor
    while index > 0 && characters[index - 1] == " " { index -= 1 }
    while index > 0 && characters[index - 1] != " " { index -= 1 }
    return index
  }

  private mutating func insert(_ raw: String) -> Outcome {
    let clean = raw.replacing("\r\n", with: " ").map { character -> Character in
      guard let scalar = character.unicodeScalars.first else { return " " }
      return scalar.value < 0x20 || scalar.value == 0x7f || (0x80..<0xa0).contains(scalar.value) ? " " : character
    }
    let added = clean.prefix(max(0, limit - text.count))
    guard !added.isEmpty else { return .ignored }
    let old = text.count
    text.insert(contentsOf: added, at: text.index(text.startIndex, offsetBy: cursor))
    // Combining marks may join their neighbours: count what is there rather than what was added.
    cursor = min(text.count, cursor + max(0, text.count - old))
    return .edited
  }

  private mutating func move(to target: Int) -> Outcome {
    let target = min(max(0, target), text.count)
    guard target != cursor else { return .ignored }
    cursor = target
    return .edited
  }

  private mutating func remove(_ range: Range<Int>) -> Outcome {
    let range = range.clamped(to: 0..<text.count)
    guard !range.isEmpty else { return .ignored }
    let start = text.index(text.startIndex, offsetBy: range.lowerBound)
    let end = text.index(text.startIndex, offsetBy: range.upperBound)
    text.removeSubrange(start..<end)
    cursor = min(cursor <= range.lowerBound ? cursor : max(range.lowerBound, cursor - range.count), text.count)
    return .edited
  }
}
