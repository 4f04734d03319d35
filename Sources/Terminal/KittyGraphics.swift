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
    var sequence = "\u{1b}7\u{1b}[\(picture.rect.y + 1);\(picture.rect.x + 1)H"
    var start = 0
    repeat {
      let end = min(text.count, start + piece)
      let keys =
        start == 0
        ? "a=T,f=24,s=\(picture.width),v=\(picture.height),i=\(number),p=1,c=\(picture.rect.width),"
          + "r=\(picture.rect.height),C=1,q=2," : "q=2,"
      sequence += "\u{1b}_G\(keys)m=\(end < text.count ? 1 : 0);"
      sequence += String(decoding: text[start..<end], as: UTF8.self) + "\u{1b}\\"
      start = end
    } while start < text.count
    return sequence + "\u{1b}8"
  }

  /// Takes a picture away, and its pixels out of the terminal's memory.
  package static func remove(number: Int) -> String { "\u{1b}_Ga=d,d=I,i=\(number),q=2\u{1b}\\" }
}

/// Which pictures a terminal shows, and what it has to be sent for others.
package struct ShownPictures {
  /// Numbers begin high, so that they meet none of another program in the same window.
  private static let first = 7_340_000
  private var shown: [PlacedPicture] = []

  package init() {}

  /// - Parameter isErased: the terminal has lost what it showed.
  /// - Returns: what makes it show these pictures; empty where nothing changes.
  package mutating func change(to wanted: [PlacedPicture], isErased: Bool) -> String {
    var text = ""
    for place in 0..<max(shown.count, wanted.count) {
      let before = shown.indices.contains(place) ? shown[place] : nil
      let now = wanted.indices.contains(place) ? wanted[place] : nil
      if before == now, !isErased { continue }
      if before != nil { text += KittyGraphics.remove(number: Self.first + place) }
      if let now { text += KittyGraphics.show(now, number: Self.first + place) }
    }
    shown = wanted
    return text
  }
}
