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
    let text = (canvas.text + ["---"] + canvas.styleLetters).joined(separator: "\n") + "\n"
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
