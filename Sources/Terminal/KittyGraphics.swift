import Foundation

/// Kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/): pictures as control sequences that other terminals
/// are never sent.
package enum KittyGraphics {
  /// The protocol's limit of one piece of data.
  private static let piece = 4096

  /// Whether the terminal says by its name that it speaks the protocol. Inside tmux and screen, which would not pass it on, nobody is asked.
  package static func isSpoken(_ environment: [String: String]) -> Bool {
    let term = environment["TERM"] ?? ""
    guard environment["TMUX"] == nil, environment["STY"] == nil, !term.hasPrefix("tmux"), !term.hasPrefix("screen")
    else {
      return false
    }
    return ["xterm-kitty", "xterm-ghostty"].contains(term)
      || ["ghostty", "WezTerm"].contains(environment["TERM_PROGRAM"] ?? "")
  }

  /// Sends a picture and shows it over its cells, scaled to fill them; the cursor stays where it is, and the terminal answers nothing.
  package static func show(_ picture: PlacedPicture, number: Int) -> String {
    var bytes = Data(capacity: 3 * picture.pixels.count)
    for pixel in picture.pixels {
      bytes.append(contentsOf: [UInt8(pixel >> 16 & 255), UInt8(pixel >> 8 & 255), UInt8(pixel & 255)])
    }
    let text = Array(bytes.base64EncodedString().utf8)
    var sequence = ""
    var start = 0
    repeat {
      let end = min(text.count, start + piece)
      let keys =
        start == 0
        ? "a=T,f=24,s=\(picture.width),v=\(picture.height),\(cells(picture.rect, number))," : "q=2,"
      sequence += "\u{1b}_G\(keys)m=\(end < text.count ? 1 : 0);"
      sequence += String(decoding: text[start..<end], as: UTF8.self) + "\u{1b}\\"
      start = end
    } while start < text.count
    return at(picture.rect, sequence)
  }

  /// Shows a picture that the terminal has already, over other cells than before or again; it is shown at one place at a time.
  package static func move(to rect: Rect, number: Int) -> String {
    at(rect, "\u{1b}_Ga=p,\(cells(rect, number))\u{1b}\\")
  }

  /// Takes a picture from the screen and leaves it in the terminal's memory.
  package static func hide(number: Int) -> String { "\u{1b}_Ga=d,d=i,i=\(number),q=2\u{1b}\\" }

  private static func at(_ rect: Rect, _ sequence: String) -> String {
    "\u{1b}7\u{1b}[\(rect.y + 1);\(rect.x + 1)H\(sequence)\u{1b}8"
  }

  private static func cells(_ rect: Rect, _ number: Int) -> String {
    "i=\(number),p=1,c=\(rect.width),r=\(rect.height),C=1,q=2"
  }

  /// Takes a picture away, and its pixels out of the terminal's memory.
  package static func remove(number: Int) -> String { "\u{1b}_Ga=d,d=I,i=\(number),q=2\u{1b}\\" }
}

/// Which pictures a terminal shows and has, and what it has to be sent for others: one that moves, or comes back soon, is not sent again.
package struct ShownPictures {
  /// Numbers begin high, so that they meet none of another program in the same window.
  private static let first = 7_340_000
  /// Pictures in the terminal's memory, at most, where no more are shown at once.
  private static let most = 8

  private struct Sent {
    let number: Int
    let width: Int
    let pixels: [UInt32]
    /// Where it is shown; nil where it is not.
    var rect: Rect?

    func isOf(_ picture: PlacedPicture) -> Bool { width == picture.width && pixels == picture.pixels }
  }

  /// Those that were shown last come last.
  private var sent: [Sent] = []

  package init() {}

  /// - Parameter isErased: the terminal has lost what it showed.
  /// - Returns: what makes it show these pictures; empty where nothing changes. Where there are none, nothing stays in its memory.
  package mutating func change(to wanted: [PlacedPicture], isErased: Bool) -> String {
    var text = ""
    if isErased || wanted.isEmpty {
      text = sent.map { KittyGraphics.remove(number: $0.number) }.joined()
      sent = []
    }
    // Those that stay where they are before those that move, so that of two that look alike neither does.
    var taken: [Int: Int] = [:]
    for isMoved in [false, true] {
      for (place, picture) in wanted.enumerated() where taken[place] == nil {
        taken[place] = sent.indices.first { index in
          sent[index].isOf(picture) && (isMoved || sent[index].rect == picture.rect) && !taken.values.contains(index)
        }
      }
    }
    let stay = Set(taken.values)
    var others = sent.indices.filter { !stay.contains($0) }.map { sent[$0] }
    for place in others.indices where others[place].rect != nil {
      text += KittyGraphics.hide(number: others[place].number)
      others[place].rect = nil
    }
    var shown: [Sent] = []
    for (place, picture) in wanted.enumerated() {
      if let index = taken[place] {
        if sent[index].rect != picture.rect { text += KittyGraphics.move(to: picture.rect, number: sent[index].number) }
        shown.append(sent[index])
      } else {
        let used = Set((sent + shown).map(\.number))
        let number = (0...).lazy.map { Self.first + $0 }.first { !used.contains($0) } ?? Self.first
        text += KittyGraphics.show(picture, number: number)
        shown.append(Sent(number: number, width: picture.width, pixels: picture.pixels))
      }
      shown[shown.count - 1].rect = picture.rect
    }
    let spare = others.count + shown.count - max(Self.most, shown.count)
    for other in others.prefix(max(0, spare)) { text += KittyGraphics.remove(number: other.number) }
    sent = others.dropFirst(max(0, spare)) + shown
    return text
  }
}
