import Dashboard
import Foundation
import Terminal
import Testing

/// Screens as text files: the rows, then a grid of style letters. `DASHBOARD_RECORD=1` writes them anew.
enum Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")

  static func check(
    _ state: DashboardState, _ name: String, keymap: Keymap = .standard,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let canvas = Render.screen(state, keymap: keymap)
    try compare(canvas.text + ["---"] + canvas.styleLetters, name, sourceLocation)
  }

  /// The same as a terminal of sixteen colours shows it: entries of the palette as digits, letters from ten on, upper case where a cell is
  /// bold or reversed.
  static func check16(
    _ state: DashboardState, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let canvas = Render.screen(state)
    let grid = (0..<canvas.height).map { y in
      String(
        (0..<canvas.width).map { x in
          let look = Rendition(canvas[x, y].style, theme: .night, depth: .palette16)
          guard case .indexed(let entry) = look.foreground else { return look.reverse ? "R" : "." }
          let digit = String(entry, radix: 16)
          return Character(look.bold || look.reverse ? digit.uppercased() : digit)
        })
    }
    try compare(canvas.text + ["---"] + grid, name, sourceLocation)
  }

  private static func compare(_ rows: [String], _ name: String, _ sourceLocation: SourceLocation) throws {
    let text = rows.joined(separator: "\n") + "\n"
    let folder = ProcessInfo.processInfo.environment["DASHBOARD_GOLDENS"].map { URL(fileURLWithPath: $0) } ?? folder
    let file = folder.appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["DASHBOARD_RECORD"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
      return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    let now = text.split(separator: "\n", omittingEmptySubsequences: false)
    let then = expected.split(separator: "\n", omittingEmptySubsequences: false)
    for (row, (a, b)) in zip(now, then).enumerated() where a != b {
      Issue.record("\(name), line \(row + 1):\n  now  \(a)\n  then \(b)", sourceLocation: sourceLocation)
      return
    }
    #expect(now.count == then.count, "\(name): rows", sourceLocation: sourceLocation)
  }
}
