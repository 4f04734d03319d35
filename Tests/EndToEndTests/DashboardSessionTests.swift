import Foundation
import Testing

/// A person's first session, pressed key by key in a real terminal.
@Suite struct DashboardSessionTests {
  /// Small enough for two runs in seconds, long enough that a curve is seen to move.
  private func data(in folder: TemporaryFolder) throws -> (training: String, evaluation: String) {
    func lines(_ range: Range<Int>) -> String {
      range.map { #"{"prompt": "The word is \#($0 * 7 % 10000). Say it:", "completion": " \#($0 * 7 % 10000)"}"# }
        .joined(separator: "\n") + "\n"
    }
    return (
      try folder.write(lines(0..<4000), to: "training.jsonl"),
      try folder.write(lines(4000..<4016), to: "evaluation.jsonl")
    )
  }

  private func parameters(_ screen: String) -> String? {
    screen.split(separator: "\n").first { $0.contains("% of base") || $0.contains("of base") }.map(String.init)
  }

  @Test func firstSession() throws {
    let folder = try TemporaryFolder()
    let data = try data(in: folder)
    let terminal = try TmuxSession(columns: 120, rows: 36)
    try terminal.type(
      "\(Program.executable) --store \(folder.path("store.sqlite")) --data \(data.training) --eval \(data.evaluation)")
    try terminal.press("Enter")
    let start = try terminal.wait(seconds: 60, for: "the dashboard") {
      $0.contains("Modules") && $0.contains("Runs") && parameters($0) != nil
    }

    // Toggling follows at once: the set and its parameters change.
    try terminal.press("2", "Space")
    let toggled = try terminal.wait(seconds: 10, for: "another parameter count") { parameters($0) != parameters(start) }
    #expect(parameters(toggled) != parameters(start))

    // Two combinations.
    try terminal.press("n")
    _ = try terminal.wait(seconds: 20, for: "the first run") { $0.contains("1 running") || $0.contains("done") }
    try terminal.press("j", "j", "Space")
    try terminal.press("n")
    // A curve has points: Braille dots in the loss pane.
    let moving = try terminal.wait(seconds: 60, for: "a curve") { screen in
      screen.contains("#1") && screen.unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }.count > 5
    }
    #expect(moving.contains("Loss"))
    let finished = try terminal.wait(seconds: 240, for: "two finished runs and the base") {
      $0.components(separatedBy: "✓ done").count > 3
    }
    // The scatter has both sets' points.
    #expect(finished.contains("TPOT"))

    try terminal.press("C")
    let compare = try terminal.wait(seconds: 20, for: "Compare") {
      $0.contains("2 Settings") && $0.contains("Results") && $0.contains("#1") && $0.contains("#3")
    }
    #expect(compare.contains("[Compare]"))

    // Other sizes, and one that is too small.
    try terminal.resize(columns: 80, rows: 24)
    _ = try terminal.wait(seconds: 10, for: "the compact layout") { $0.contains("Results") }
    try terminal.resize(columns: 48, rows: 8)
    _ = try terminal.wait(seconds: 10, for: "the size that is needed") { $0.contains("needs a larger terminal") }
    try terminal.resize(columns: 120, rows: 36)
    _ = try terminal.wait(seconds: 10, for: "Compare again") { $0.contains("2 Settings") }

    try terminal.press("?")
    _ = try terminal.wait(seconds: 10, for: "the help") { $0.contains("Keys:") }
    // One after the other: what follows Escape at once is Alt with that key.
    try terminal.press("Escape")
    _ = try terminal.wait(seconds: 10, for: "Compare without the help") { !$0.contains("Keys:") }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 10, for: "Main") { $0.contains("[Main]") }
    try terminal.press("q")
    let after = try terminal.wait(seconds: 30, for: "the shell's prompt again") {
      $0.split(separator: "\n").last?.hasPrefix("$") == true && !$0.contains("Modules")
    }
    #expect(after.contains("--store"), "what was on the screen before is there again")
    // Echo and line editing work: the terminal is as before.
    try terminal.type("echo al''ive $?")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "an echo") { $0.contains("alive 0") }

    // What the dashboard trained is what the verbs see.
    let list = try Program.run(["runs", "list", "--json", "--store", folder.path("store.sqlite")]).json()
    let runs = try #require(list["runs"] as? [[String: Any]])
    #expect(runs.count == 2)
    let base = try #require(list["base"] as? [[String: Any]])
    #expect(base.count == 1, "\(base)")
    #expect(base.allSatisfy { $0["state"] as? String == "done" && $0["score"] is Double }, "\(base)")
    #expect(runs.allSatisfy { $0["state"] as? String == "done" })
    for run in runs {
      #expect((run["losses"] as? [Any])?.isEmpty == false)
      #expect(run["overhead_percent"] is [String: Any])
    }
  }

  @Test func aTerminationSignalGivesTheTerminalBack() throws {
    let folder = try TemporaryFolder()
    let terminal = try TmuxSession(columns: 100, rows: 30)
    try terminal.type("\(Program.executable) --store \(folder.path("store.sqlite"))")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "the dashboard") { $0.contains("Modules") }
    kill(try terminal.foregroundProcess(), SIGTERM)
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("Modules") }
    try terminal.type("echo status $?")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "the status") { $0.contains("status 143") }
  }
}
