import Foundation
import Testing

/// Ctrl-Z from an interactive shell while a run trains, and what becomes of a stopped program.
@Suite struct SuspensionTests {
  private func start(_ folder: TemporaryFolder) throws -> TmuxSession {
    let lines = (0..<200).map { #"{"prompt": "\#($0) + 1 =", "completion": " \#($0 + 1)"}"# }.joined(separator: "\n")
    let data = try folder.write(lines + "\n", to: "sums.jsonl")
    let terminal = try TmuxSession(columns: 120, rows: 36)
    try terminal.type("\(Program.executable) --store \(folder.path("store.sqlite")) --data \(data)")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "the dashboard") { $0.contains("Modules") && $0.contains("of base") }
    // Long enough that it is still training whatever the machine does.
    try terminal.press("1", "j", "j", "Enter", "C-u")
    try terminal.type("1000000")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 20, for: "the number of steps") { $0.contains("steps 1000000") }
    try terminal.press("n")
    _ = try terminal.wait(seconds: 60, for: "training") { $0.contains("1 running") && $0.contains("▸ train") }
    return terminal
  }

  @Test func aStoppedProgramGoesOnWhereItWas() throws {
    let folder = try TemporaryFolder()
    let terminal = try start(folder)
    for _ in 0..<2 {
      try terminal.press("C-z")
      _ = try terminal.wait(seconds: 20, for: "the shell") { $0.contains("Stopped") && !$0.contains("Modules") }
      try terminal.type("fg")
      try terminal.press("Enter")
      let back = try terminal.wait(seconds: 20, for: "the dashboard again") {
        $0.contains("Modules") && $0.contains("▸ train") && $0.contains("q quit")
      }
      #expect(!back.contains("Stopped"), "the whole screen is drawn again")
    }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 10, for: "the question") { $0.contains("Save and quit") }
    try terminal.press("s")
    _ = try terminal.wait(seconds: 30, for: "the shell") { !$0.contains("Modules") }
    let list = try Program.run(["runs", "list", "--json", "--store", folder.path("store.sqlite")]).json()
    let runs = try #require(list["runs"] as? [[String: Any]])
    #expect(runs.first?["state"] as? String == "paused")
  }

  @Test func aStoppedProgramWhoseTerminalIsClosedSavesAndEnds() throws {
    let folder = try TemporaryFolder()
    let terminal = try start(folder)
    let process = try terminal.foregroundProcess()
    try terminal.press("C-z")
    _ = try terminal.wait(seconds: 20, for: "the shell") { $0.contains("Stopped") && !$0.contains("Modules") }
    try terminal.close()
    let end = Date().addingTimeInterval(60)
    while kill(process, 0) == 0, Date() < end { Thread.sleep(forTimeInterval: 0.1) }
    #expect(kill(process, 0) != 0, "no orphan is left")
    let list = try Program.run(["runs", "list", "--json", "--store", folder.path("store.sqlite")]).json()
    let runs = try #require(list["runs"] as? [[String: Any]])
    // Saved, or as a kill leaves it: in both cases `resume` goes on from its checkpoint.
    #expect(["paused", "training"].contains(runs.first?["state"] as? String ?? ""))
    // The store is free again.
    #expect(try Program.run(["runs", "delete", "999", "--store", folder.path("store.sqlite")]).status == 66)
  }
}
