import Dashboard
import Terminal
import Testing

@Suite("Layout")
struct LayoutTests {
  @Test("panes cover the body exactly once at every size from 60×16 to 240×70")
  func coverage() {
    for columns in stride(from: 60, through: 240, by: 36) {
      for rows in stride(from: 16, through: 70, by: 9) { check(columns, rows) }
    }
    for (columns, rows) in [(79, 24), (80, 23), (80, 24), (119, 30), (120, 29), (120, 30), (120, 36), (240, 70)] {
      check(columns, rows)
    }
  }

  private func check(_ columns: Int, _ rows: Int) {
    for screen in ScreenName.allCases {
      for focus in screen.panes {
        for zoom in [false, true] {
          let layout = Layout.arrange(
            columns: columns, rows: rows, screen: screen, focus: focus, isZoomed: zoom, comparedRuns: 8)
          var cover = [UInt8](repeating: 0, count: columns * rows)
          let bands = [layout.header, layout.strip, layout.status, layout.hints]
          for rect in bands + layout.places.filter({ $0.form != .overlay }).map(\.rect) {
            guard rect.x >= 0, rect.y >= 0, rect.right <= columns, rect.bottom <= rows else {
              Issue.record("\(screen) \(focus) at \(columns)×\(rows): \(rect) leaves the screen")
              return
            }
            for y in rect.y..<rect.bottom { for x in rect.x..<rect.right { cover[y * columns + x] += 1 } }
          }
          if cover.contains(where: { $0 != 1 }) {
            Issue.record("\(screen) \(focus) at \(columns)×\(rows), zoom \(zoom): not covered exactly once")
            return
          }
          for place in layout.places where place.form == .overlay {
            #expect(Rect(x: 0, y: 0, width: columns, height: rows).intersection(place.rect) == place.rect)
          }
          guard layout.rect(of: focus) != nil else {
            Issue.record("\(screen) \(focus) at \(columns)×\(rows) is not open")
            return
          }
          for place in layout.places where place.form == .open {
            #expect(place.rect.height >= 4 && place.rect.width >= 20, "\(place.pane) at \(columns)×\(rows)")
          }
        }
      }
    }
  }

  @Test("below 60×16 nothing is laid out")
  func tooSmall() {
    for (columns, rows) in [(59, 40), (120, 15), (1, 1), (0, 0)] {
      let layout = Layout.arrange(
        columns: columns, rows: rows, screen: .main, focus: .runs, isZoomed: false)
      #expect(layout.sizeClass == .tooSmall)
      #expect(layout.places.isEmpty)
    }
  }

  @Test("six panes from 120×30")
  func wide() {
    let layout = Layout.arrange(columns: 120, rows: 30, screen: .main, focus: .runs, isZoomed: false)
    #expect(layout.places.count == 6)
  }

  @Test("every screen draws at every size without leaving its rectangle")
  func drawing() {
    for (columns, rows) in [(1, 1), (60, 16), (80, 24), (120, 30), (240, 70)] {
      var state = TestData.state(columns: columns, rows: rows)
      for screen in ScreenName.allCases {
        state.screen = screen
        for pane in screen.panes {
          state.focus[screen] = pane
          let canvas = Render.screen(state)
          #expect(canvas.width == columns && canvas.height == rows)
        }
      }
    }
  }
}
