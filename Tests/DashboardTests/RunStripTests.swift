import Dashboard
import Messages
import Terminal
import Testing

/// Why a run ended, on the Run screen.
@Suite("Strip of the Run screen")
struct RunStripTests {
  private static let reason =
    "the file /models/a-long-name/model-00002-of-00003.safetensors ends at byte 1 048 576, but its header says that tensor "
    + "model.layers.7.mlp.down_proj.weight lies behind that: copy it again"

  private func state(_ reason: String, columns: Int, rows: Int) -> DashboardState {
    var snapshot = TestData.snapshot
    for index in snapshot.runs.indices where snapshot.runs[index].id == 5 { snapshot.runs[index].reason = reason }
    var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
    state.runs.selected = 5
    Driver.type("R", on: &state)
    return state
  }

  @Test("a long reason is whole, in rows of its own", arguments: [(80, 24), (120, 36), (200, 60)])
  func whole(_ columns: Int, _ rows: Int) {
    let state = state(Self.reason, columns: columns, rows: rows)
    let strip = state.layout.strip
    let text = Render.screen(state).text[strip.y..<strip.bottom].joined(separator: " ")
    let words = text.split(separator: " ").joined(separator: " ")
    #expect(words.contains(Self.reason), "\(words)")
    // The panes go on below it.
    #expect(state.layout.places.allSatisfy { $0.rect.y >= strip.bottom })
  }

  @Test("a short one stays in the first row, and an endless one says that it goes on")
  func others() {
    #expect(state("loss is NaN at step 100", columns: 120, rows: 36).layout.strip.height == 1)
    let endless = state(String(repeating: "on and on ", count: 200), columns: 80, rows: 24)
    #expect(endless.layout.strip.height == 4)
    #expect(Render.screen(endless).text[endless.layout.strip.bottom - 1].contains("…"))
  }
}
