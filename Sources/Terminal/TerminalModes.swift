import CNcurses
import Foundation

/// The private modes that curses does not know: bracketed paste, mouse reports, synchronised updates, clipboard. Each is a plain
/// sequence that terminals without the mode ignore; consoles that might print it get none.
struct TerminalModes {
  private let knowsModes: Bool
  private let hasAlternateScreen: Bool
  /// Undoes everything in one write, from a signal handler too: attributes, cursor, alternate screen and the modes.
  let restore: String

  private static let mouseOn = "\u{1b}[?1002h\u{1b}[?1006h"
  private static let mouseOff = "\u{1b}[?1006l\u{1b}[?1002l"
  private static let pasteOn = "\u{1b}[?2004h"
  private static let pasteOff = "\u{1b}[?2004l"

  /// Reads the current terminal's terminfo entry.
  init(name: String) {
    let plain = ["linux", "vt", "cons", "sun", "ansi", "hurd", "mach", "cygwin", "pcansi"]
    knowsModes = !plain.contains { name.hasPrefix($0) }
    var text = knowsModes ? Self.mouseOff + Self.pasteOff : ""
    for capability in ["sgr0", "op", "cnorm", "rmcup", "rmkx"] {
      guard let sequence = lorascope_capability(capability) else { continue }
      text += Self.withoutPadding(String(cString: sequence))
    }
    hasAlternateScreen = lorascope_capability("rmcup") != nil
    if !hasAlternateScreen { text += "\r\n" }
    restore = text
  }

  func enter(mouse: Bool) {
    guard knowsModes else { return }
    Self.send(Self.pasteOn + (mouse ? Self.mouseOn : ""))
  }

  func leave() {
    guard knowsModes else { return }
    Self.send(Self.mouseOff + Self.pasteOff)
  }

  /// Without an alternate screen the prompt starts on a line of its own.
  func finish() {
    if !hasAlternateScreen { Self.send("\r\n") }
  }

  func setMouse(_ on: Bool) {
    guard knowsModes else { return }
    Self.send(on ? Self.mouseOn : Self.mouseOff)
  }

  /// The terminal shows what follows at once, at `endFrame`.
  func beginFrame() {
    guard knowsModes else { return }
    // Into curses' own buffer, so that it leaves with the frame.
    putp("\u{1b}[?2026h")
  }

  /// - Parameter graphics: sequences of pictures that belong to the frame.
  func endFrame(graphics: String = "") {
    guard knowsModes else { return }
    Self.send(graphics + "\u{1b}[?2026l")
  }

  func draw(graphics: String) {
    if knowsModes, !graphics.isEmpty { Self.send(graphics) }
  }

  /// OSC 52, the clipboard. Terminals cap the length; 74 994 bytes of base64 is xterm's.
  func copy(_ text: String) {
    guard knowsModes else { return }
    let data = Data(text.utf8).base64EncodedString()
    guard data.utf8.count <= 74_994 else { return }
    Self.send("\u{1b}]52;c;\(data)\u{7}")
  }

  func ring() { Self.send("\u{7}") }

  /// OSC 9, a message to the desktop; controls would end it early.
  func notify(_ text: String) {
    guard knowsModes else { return }
    let plain = String(
      String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    Self.send("\u{1b}]9;\(plain.prefix(200))\u{7}")
  }

  private static func send(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// terminfo's `$<5>` delays are for `tputs`, not for the terminal.
  static func withoutPadding(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.range(of: "$<"), let end = rest[start.upperBound...].firstIndex(of: ">") {
      result += rest[..<start.lowerBound]
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
