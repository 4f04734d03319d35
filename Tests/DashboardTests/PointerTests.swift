import Dashboard
import Messages
import Terminal
import Testing

/// The pointer of a list stands beside its rows, never on a frame.
@Suite struct PointerTests {
  @Test("frames are whole whatever is selected", arguments: [(80, 24), (120, 36), (200, 60)])
  func frames(_ columns: Int, _ rows: Int) {
    var state = TestData.state(columns: columns, rows: rows)
    state.runs.selected = 12
    for keys in ["2", "6", "S", "jj", "L", "C"] {
      Driver.type(keys, on: &state)
      let canvas = Render.screen(state)
      let pointer = state.glyphs.pointer
      for place in state.layout.places where place.rect.height > 2 {
        let rect = place.rect
        for y in rect.y..<rect.bottom {
          #expect(
            canvas[rect.x, y].character != pointer && canvas[rect.right - 1, y].character != pointer,
            "\(place.pane) after \(keys), row \(y)")
        }
      }
    }
    Driver.type("M6", on: &state)
    // And there is one: its absence would pass all of the above.
    let pointer = state.glyphs.pointer
    #expect(Render.screen(state).text.contains { $0.contains(pointer) })
  }
}
