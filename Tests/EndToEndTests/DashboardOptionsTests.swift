import Foundation
import Testing

/// Options in a real terminal, and the picture of a replay.
@Suite struct DashboardOptionsTests {
  @Test func optionsAreReadAndRemembered() throws {
    let folder = try TemporaryFolder()
    let configuration = folder.path("config/lorascope")
    try FileManager.default.createDirectory(atPath: configuration, withIntermediateDirectories: true)
    let file = try folder.write("axis = \"logX\"\nsmoothing = 0.6\n", to: "config/lorascope/config.toml")
    let before = try String(contentsOfFile: file, encoding: .utf8)
    let terminal = try TmuxSession(columns: 120, rows: 36)
    let command =
      "XDG_CONFIG_HOME=\(folder.path("config")) XDG_STATE_HOME=\(folder.path("state")) "
      + "\(Program.executable) --store \(folder.path("store.sqlite"))"

    try terminal.type(command)
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "the option of config.toml") { $0.contains("EMA .60 · log y") }
    try terminal.press("O")
    _ = try terminal.wait(seconds: 10, for: "the menu") { $0.contains("axes of curves") && $0.contains("logY") }
    for _ in 0..<9 { try terminal.press("Down") }
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "the next axes") { $0.contains("logX") }
    try terminal.press("Escape")
    _ = try terminal.wait(seconds: 10, for: "the chart") {
      $0.contains("EMA .60 · log x") && !$0.contains("axes of curves")
    }
    try terminal.press("q")
    let after = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("2 Modules") }
    // The terminal's lines are as long as they are: the fault may be on two.
    #expect(after.replacing("\n", with: "").contains("config.toml:1: there is no option `axis`"), "\(after)")

    try terminal.type("clear; \(command)")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 60, for: "what was chosen") { $0.contains("EMA .60 · log x") }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("2 Modules") }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
  }

  @Test func aReplayBecomesAPicture() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<64).map { #"{"prompt": "Say \#($0)", "completion": " \#($0)"}"# }.joined(separator: "\n") + "\n"
    let data = try folder.write(lines, to: "data.jsonl")
    let store = ["--store", folder.path("store.sqlite")]
    let trained = try Program.run(
      [
        "train", "--data", data, "--eval", data, "--eval-examples", "4", "--steps", "12", "--targets", "o_proj",
        "--no-latency",
      ] + store)
    #expect(trained.status == 0, "\(trained.errors)")
    let picture = folder.path("picture.svg")
    let command = ["dashboard", "--replay", "--speed", "1000", "--picture", picture, "--picture-size", "80x24"] + store
    let drawn = try Program.run(command)
    #expect(drawn.status == 0, "\(drawn.errors)")
    let svg = try String(contentsOfFile: picture, encoding: .utf8)
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("REPLAY"))
    // A second one is not written over it.
    let again = try Program.run(command)
    #expect(again.status == 73 && again.errors.contains("is there already"), "\(again.errors)")
    #expect(try Program.run(["dashboard", "--picture", picture] + store).status == 64)
  }
}
