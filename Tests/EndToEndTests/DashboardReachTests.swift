import Foundation
import Testing

/// What can be done with the runs of a finished sweep, pressed key by key in a real terminal: the list of actions, filters, orders, groups, labels,
/// exports, the mouse, a terminal that shrinks, what is remembered, and a replay.
@Suite struct DashboardReachTests {
  /// Two combinations with two seeds each, and the base.
  private func sweep(in folder: TemporaryFolder) throws -> String {
    let lines = (0..<64).map { #"{"prompt": "Say \#($0)", "completion": " \#($0)"}"# }.joined(separator: "\n") + "\n"
    let data = try folder.write(lines, to: "data.jsonl")
    let store = folder.path("store.sqlite")
    let swept = try Program.run([
      "sweep", "--store", store, "--data", data, "--eval", data, "--combinations", "o_proj;fc1", "--seeds", "0,1",
      "--steps", "40", "--examples", "16", "--eval-examples", "4", "--max-new-tokens", "4", "--no-latency",
    ])
    guard swept.status == 0 else { throw Unexpected(swept.errors) }
    return store
  }

  private func start(_ arguments: String, in folder: TemporaryFolder) throws -> TmuxSession {
    let terminal = try TmuxSession(columns: 120, rows: 36)
    try terminal.type(
      "cd '\(folder.url.path)' && XDG_STATE_HOME='\(folder.path("state"))' XDG_CONFIG_HOME='\(folder.path("config"))' "
        + "'\(Program.executable)' \(arguments)")
    try terminal.press("Enter")
    return terminal
  }

  private func rows(_ screen: String) -> Int { screen.components(separatedBy: "✓ done").count - 1 }

  /// Escape is Alt with what follows it at once.
  private func escape(_ terminal: TmuxSession, until what: String, _ isThere: (String) -> Bool) throws {
    try terminal.press("Escape")
    _ = try terminal.wait(seconds: 10, for: what, isThere)
  }

  @Test func aFinishedSweepIsSearchedOrderedNamedAndTakenOut() throws {
    let folder = try TemporaryFolder()
    let store = try sweep(in: folder)
    let themes = folder.path("config/lorascope/themes")
    try FileManager.default.createDirectory(atPath: themes, withIntermediateDirectories: true)
    _ = try folder.write("name = \"Mine\"\nok = \"#87ffaf\"\n", to: "config/lorascope/themes/mine.toml")
    let terminal = try start("--store '\(store)'", in: folder)
    _ = try terminal.wait(seconds: 60, for: "all runs") { rows($0) == 5 }

    // Every action by a few letters, and a command that takes a word.
    try terminal.press("6", ":")
    _ = try terminal.wait(seconds: 10, for: "the list of actions") { $0.contains("Actions: Main") }
    try terminal.type("theme Mine")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "the table") { !$0.contains("Actions: Main") && rows($0) == 5 }

    // A filter that nothing fits says so, and goes.
    try terminal.press("/")
    try terminal.type("score>0.9 rank=16")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "an empty answer") {
      $0.contains("no run fits the filter; Esc takes it away")
    }
    try escape(terminal, until: "all runs") { rows($0) == 5 }

    // Another order, groups that unfold and go.
    try terminal.press("s")
    _ = try terminal.wait(seconds: 10, for: "the orders") { $0.contains("Sort runs by") }
    try terminal.press("s")
    _ = try terminal.wait(seconds: 10, for: "the order by seed") { $0.contains("sort seed") && rows($0) == 5 }
    try terminal.press("a")
    _ = try terminal.wait(seconds: 10, for: "the groups") { $0.contains("Group runs by") }
    try terminal.press("c")
    let grouped = try terminal.wait(seconds: 10, for: "a row a combination") {
      $0.contains("by combination") && $0.contains("over 2 seeds")
    }
    let shown = rows(grouped)
    try terminal.press("w")
    _ = try terminal.wait(seconds: 10, for: "folds the other way") { rows($0) == (shown == 0 ? 5 : 0) }
    try terminal.press("a")
    _ = try terminal.wait(seconds: 10, for: "the groups") { $0.contains("Group runs by") }
    try terminal.press("n")
    _ = try terminal.wait(seconds: 10, for: "no groups") { !$0.contains("by combination") && rows($0) == 5 }

    // A name, a tag and a pin, which a filter finds.
    try terminal.press("g", "N")
    _ = try terminal.wait(seconds: 10, for: "what can be written") { $0.contains("Write on #") }
    try terminal.press("n")
    try terminal.type("best")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "its name") { $0.contains(" best ") }
    try terminal.press("N", "t")
    try terminal.type("good")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "its tag") { $0.contains("best [good]") }
    try terminal.press("N", "p")
    _ = try terminal.wait(seconds: 10, for: "its pin") { $0.contains("▴ best [good]") }
    try terminal.press("/")
    try terminal.type("tag:good")
    try terminal.press("Enter")
    _ = try terminal.wait(seconds: 10, for: "the run with the tag") { $0.contains("1 of 5") && rows($0) == 1 }
    try escape(terminal, until: "all runs") { rows($0) == 5 }

    // The table and a curve leave as files.
    try terminal.press("g", "E")
    _ = try terminal.wait(seconds: 10, for: "the forms of a table") { $0.contains("Export Runs") }
    try terminal.press("m")
    _ = try terminal.wait(seconds: 20, for: "the path of the table") { $0.contains("lorascope-runs.md") }
    #expect(try String(contentsOfFile: folder.path("lorascope-runs.md"), encoding: .utf8).contains("| fc1 |"))
    try terminal.press("Space", "4", "e")
    _ = try terminal.wait(seconds: 10, for: "the forms of a chart") { $0.contains("Export Loss") }
    try terminal.press("s")
    _ = try terminal.wait(seconds: 20, for: "the path of the picture") { $0.contains("lorascope-loss.svg") }
    #expect(try String(contentsOfFile: folder.path("lorascope-loss.svg"), encoding: .utf8).contains("</svg>"))

    // A drag over the chart zooms; 0 takes it back. In full width its title has room to say so.
    try terminal.press("z")
    _ = try terminal.wait(seconds: 10, for: "the chart alone") { !$0.contains("6 Runs") }
    try terminal.type("\u{1b}[<0;30;8M\u{1b}[<32;50;8M\u{1b}[<32;80;8M\u{1b}[<0;80;8m")
    _ = try terminal.wait(seconds: 10, for: "the zoomed chart") { $0.contains("zoomed") }
    try terminal.press("0")
    _ = try terminal.wait(seconds: 10, for: "the whole chart") { !$0.contains("zoomed") }
    try terminal.press("z")
    _ = try terminal.wait(seconds: 10, for: "the other panes") { $0.contains("6 Runs") }

    // A terminal that shrinks under a question keeps it.
    try terminal.press("6", "s")
    _ = try terminal.wait(seconds: 10, for: "the orders") { $0.contains("Sort runs by") }
    try terminal.resize(columns: 48, rows: 8)
    _ = try terminal.wait(seconds: 10, for: "the size that is needed") { $0.contains("needs a larger terminal") }
    try terminal.resize(columns: 80, rows: 24)
    _ = try terminal.wait(seconds: 10, for: "the orders again") { $0.contains("Sort runs by") }
    try escape(terminal, until: "the table") { !$0.contains("Sort runs by") && $0.contains("best [good]") }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("[Main]") && $0.contains("$") }

    // What was chosen is remembered, and what was written is in the store.
    let remembered = try String(contentsOfFile: folder.path("state/lorascope/dashboard.toml"), encoding: .utf8)
    #expect(remembered.contains("\"theme\" = \"Mine\"") && remembered.contains("\"sort\" = \"seed\""), "\(remembered)")
    let listed = try Program.run([
      "runs", "list", "--store", store, "--filter", "name:best tag:good pinned:yes", "--json",
    ])
    #expect((try listed.json()["runs"] as? [Any])?.count == 1, "\(listed.output)")
  }

  @Test func aReplayIsPausedHurriedAndWritesNothing() throws {
    let folder = try TemporaryFolder()
    let store = try sweep(in: folder)
    let terminal = try start("--store '\(store)' --replay --speed 0.25", in: folder)
    _ = try terminal.wait(seconds: 60, for: "the replay") { $0.contains("REPLAY ×0.25") || $0.contains("REPLAY ×1/4") }
    try terminal.press("P")
    _ = try terminal.wait(seconds: 10, for: "the pause") { $0.contains("REPLAY paused") }
    try terminal.press("n")
    _ = try terminal.wait(seconds: 10, for: "the refusal") { $0.contains("a replay changes nothing") }
    try terminal.press("P", ")")
    _ = try terminal.wait(seconds: 10, for: "twice the speed") {
      $0.contains("REPLAY ×0.5") || $0.contains("REPLAY ×1/2")
    }
    try terminal.press("$")
    _ = try terminal.wait(seconds: 20, for: "its end") { $0.contains("REPLAY at its end") && rows($0) == 5 }
    try terminal.press("q")
    _ = try terminal.wait(seconds: 30, for: "the shell's prompt again") { !$0.contains("[Main]") && $0.contains("$") }
    #expect(!FileManager.default.fileExists(atPath: folder.path("state/lorascope/dashboard.toml")))
  }
}
