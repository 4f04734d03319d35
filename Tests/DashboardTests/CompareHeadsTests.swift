import Dashboard
import Messages
import Terminal
import Testing

/// What stands over the columns of Compare's panes.
@Suite("Heads of Compare's columns")
struct CompareHeadsTests {
  private func inside(_ pane: Pane, _ state: DashboardState) throws -> [String] {
    let rect = try #require(state.layout.rect(of: pane))
    return Render.screen(state).text[(rect.y + 1)..<(rect.bottom - 1)].map {
      String(Array($0)[(rect.x + 1)..<(rect.right - 1)])
    }
  }

  @Test("samples name all of their runs by one rule", arguments: [80, 96, 110, 120, 160, 200])
  func samples(_ columns: Int) throws {
    for runs in 2...8 {
      var state = CompareData.state(runs: runs, columns: columns, rows: 40)
      Driver.type("4", on: &state)
      let heads = try #require(
        inside(.compareSamples, state).first { $0.contains("#5 ") && ($0.contains("✓ ") || $0.contains("✗ ")) })
      let shown = state.comparedRuns.filter { heads.contains("#\($0.id) ") }
      #expect(shown.count >= 2, "\(heads)")
      let forms = Set(
        shown.map { run in
          heads.contains("#\(run.id) \(run.plan.targets.label) ")
            ? "name" : heads.contains("#\(run.id) \(run.plan.targets.cells(off: "·")) ") ? "cells" : "number"
        })
      #expect(forms.count == 1, "\(columns), \(runs) runs: \(heads)")
      // The judgement beside the name is whole.
      for part in heads.split(separator: "│") {
        #expect(
          ["right", "wrong", "no parse"].contains { part.contains($0) } || part.contains(" h l: "), "\(part)")
      }
    }
  }

  @Test("the settings have whole names of data sets over their columns, or none")
  func settings() throws {
    for (columns, name) in [(100, "medreason"), (120, "medreason"), (120, "one-of-a-long-name"), (200, "medreason")] {
      var state = CompareData.state(runs: 3, columns: columns, rows: 40)
      Driver.type("2", on: &state)
      var comparison = try #require(state.compare.comparison)
      comparison.rows[1].run.plan.data = .task(name: name)
      state.compare.answer.value = comparison
      let head = try inside(.compareSettings, state)[0]
      #expect(!head.contains("…"), "\(head)")
      #expect(head.contains("#6 \(name)") == head.contains("#5 sums"), "\(head)")
    }
  }

  @Test("a note at a pane's title is whole or not there", arguments: [(80, 24), (120, 36), (200, 60)])
  func notes(_ columns: Int, _ rows: Int) {
    var state = CompareData.state(runs: 8, columns: columns, rows: rows)
    for key in "12345678" {
      Driver.type(String(key), on: &state)
      let layers = Render.screen(state).text.filter { $0.contains(" by layer ━") || $0.contains(" by layer ─") }
      for line in layers { #expect(!line.contains("parameters …") && !line.contains("module …"), "\(line)") }
      // How many of the runs are in view stands beside the legend, not over it.
      for line in Render.screen(state).text where line.contains("h l: runs") {
        #expect(line.contains(" h l: runs "), "\(line)")
      }
    }
  }
}
