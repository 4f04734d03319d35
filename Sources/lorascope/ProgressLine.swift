import Foundation
import Recipe

/// Progress on standard error: a line that is redrawn on a terminal, a plain line now and then elsewhere.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastText = ""
  private var lastTime = -Double.infinity

  /// - Parameters:
  ///   - fraction: done, 0 to 1; nil draws no bar.
  ///   - detail: rate, time left, loss and so on.
  func show(_ label: String, fraction: Double?, detail: String) {
    let now = ProcessInfo.processInfo.systemUptime
    if isTerminal {
      guard now - lastTime > 0.1 else { return }
      let text = OneLine.text([label, fraction.map(Self.bar), detail].compactMap { $0 }.joined(separator: "  "))
      guard text != lastText else { return }
      StandardStreams.redraw(String(text.prefix(Self.terminalColumns - 1)))
      lastText = text
    } else {
      let text = [label, fraction.map { "\(Int($0 * 100)) %" }, detail].compactMap { $0 }.joined(separator: "  ")
      guard now - lastTime > 5, text != lastText else { return }
      StandardStreams.note(text)
      lastText = text
    }
    lastTime = now
  }

  /// Lines that stay.
  func note(_ text: String) {
    StandardStreams.noteLines(text)
    lastText = ""
  }

  /// Takes the redrawn line away, so that what follows starts on a line of its own.
  func finish() { StandardStreams.clearLine() }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole)s" }
    if whole < 3600 { return "\(whole / 60)m\(String(format: "%02d", whole % 60))" }
    return "\(whole / 3600)h\(String(format: "%02d", whole % 3600 / 60))"
  }

  private static func bar(_ fraction: Double) -> String {
    let width = 24
    let filled = Int((min(max(fraction, 0), 1) * Double(width)).rounded())
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
      + String(format: " %3d %%", Int(min(max(fraction, 0), 1) * 100))
  }

  private static var terminalColumns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }
}
