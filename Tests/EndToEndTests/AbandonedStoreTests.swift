import Foundation
import Testing

/// A store that is looked at while another program trains with it, and after that has died.
@Suite struct AbandonedStoreTests {
  @Test func aRunWhoseProgramDiedIsNotShownAsRunning() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<64).map { #"{"prompt": "Say \#($0)", "completion": " \#($0)"}"# }.joined(separator: "\n") + "\n"
    let data = try folder.write(lines, to: "data.jsonl")
    let store = folder.path("store.sqlite")
    let trainer = Program.start([
      "train", "--store", store, "--data", data, "--eval", data, "--eval-examples", "4", "--steps", "100000",
      "--targets", "o_proj", "--no-latency", "--no-baseline",
    ])
    trainer.standardOutput = FileHandle.nullDevice
    trainer.standardError = FileHandle.nullDevice
    try trainer.run()
    defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
    let terminal = try TmuxSession(columns: 120, rows: 36)
    // A store that is not there yet is refused: the program that trains makes it first.
    try terminal.type(
      "until [ -f \(store) ]; do sleep 0.1; done; sleep 1; \(Program.executable) --store \(store) --read-only")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "the run at work") { $0.contains("▸ train") }

    func list() throws -> String { try Program.run(["runs", "list", "--store", store]).output }
    #expect(try list().contains("training"))
    kill(trainer.processIdentifier, SIGKILL)
    trainer.waitUntilExit()
    for text in [try list(), try Program.run(["runs", "show", "1", "--store", store]).output] {
      #expect(text.contains("paused: interrupted: the program that computed it has ended"), "\(text)")
    }
    _ = try terminal.wait(seconds: 30, for: "the run as interrupted") {
      $0.contains("‖ pause") && !$0.contains("▸ train")
    }
    try terminal.press("R")
    _ = try terminal.wait(seconds: 10, for: "why") {
      $0.contains("interrupted: the program that computed it has ended")
    }
    try terminal.press("q", "q")
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("[Main]") && $0.contains("$") }
  }
}
