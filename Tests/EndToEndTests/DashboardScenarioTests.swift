import Foundation
import Testing

/// What a person does with finished runs, pressed key by key in a real terminal.
@Suite struct DashboardScenarioTests {
  @Test func picturesFiltersAndGroups() throws {
    let folder = try TemporaryFolder()
    let store = folder.path("store.sqlite")
    for targets in ["o_proj", "fc1"] {
      _ = try Program.run([
        "train", "--store", store, "--data", "invoice-ocr", "--targets", targets, "--steps", "2", "--examples", "8",
        "--eval-examples", "3", "--max-new-tokens", "8", "--no-latency", "--no-baseline",
      ])
    }
    let terminal = try TmuxSession(columns: 120, rows: 36)
    try terminal.type("\(Program.executable) --store \(store) --read-only")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "both runs") { $0.components(separatedBy: "✓ done").count == 3 }

    // A picture beside the outputs of a run, in the terminal's own colours.
    try terminal.press("6", "R")
    _ = try terminal.wait(seconds: 10, for: "Run") { $0.contains("[Run]") }
    try terminal.press("9", "z")
    _ = try terminal.wait(seconds: 20, for: "the invoice") { $0.contains("[picture 96×96]") && $0.contains("▀▀▀▀▀▀") }
    try terminal.press(".")
    _ = try terminal.wait(seconds: 20, for: "the next invoice") {
      $0.contains("prompt 2 of 3") && $0.contains("[picture 96×96]") && $0.contains("▀▀▀▀▀▀")
    }
    try terminal.press("z", "M")

    // Only what fits, and all of it again.
    _ = try terminal.wait(seconds: 10, for: "Main") { $0.contains("[Main]") }
    try terminal.press("6", "/")
    try terminal.type("targets:fc1")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "one run of two") { $0.contains("1 of 2") && $0.contains("/targets:fc1") }
    try terminal.press("Escape")
    _ = try terminal.wait(seconds: 10, for: "both runs") { $0.components(separatedBy: "✓ done").count == 3 }

    // Side by side, with the picture of the prompt.
    try terminal.press("g", "Space", "j", "Space")
    _ = try terminal.wait(seconds: 10, for: "two marks") { $0.contains("2 marked") }
    try terminal.press("C")
    _ = try terminal.wait(seconds: 20, for: "Compare") { $0.contains("[Compare]") && $0.contains("prompt 1 of 3") }
    try terminal.press("4", "z")
    _ = try terminal.wait(seconds: 20, for: "the invoice beside both outputs") {
      $0.contains("[picture 96×96]") && $0.contains("▀▀▀▀▀▀") && $0.contains("#1 ") && $0.contains("#2 ")
    }
    try terminal.press("z", "q")
    _ = try terminal.wait(seconds: 10, for: "Main") { $0.contains("[Main]") }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("[Main]") && $0.contains("$") }
  }
}
