import Dashboard
import Messages
import Terminal
import Testing

/// The table of the mouse in docs/dashboard.md, a test for each row.
@Suite("Mouse")
struct MouseTests {
  private func state(_ columns: Int = 120, _ rows: Int = 36) -> DashboardState {
    var state = TestData.state()
    Driver.apply(.resize(ScreenSize(columns: columns, rows: rows)), to: &state)
    return state
  }

  @discardableResult
  private func click(_ x: Int, _ y: Int, _ button: MouseEvent.Button = .left, on state: inout DashboardState)
    -> [Effect]
  {
    Driver.press(
      .mouse(MouseEvent(.press, button, x: x, y: y)), .mouse(MouseEvent(.release, button, x: x, y: y)), on: &state)
  }

  /// The first cell of a text on the screen.
  private func place(_ text: String, _ state: DashboardState) throws -> (x: Int, y: Int) {
    let rows = Render.screen(state).text
    for (y, row) in rows.enumerated() {
      guard let range = row.range(of: text) else { continue }
      return (row.distance(from: row.startIndex, to: range.lowerBound), y)
    }
    throw NotThere(text: text)
  }

  private struct NotThere: Error { var text: String }

  /// On the large screen each set has a second line.
  @Test("a click in Parameters takes the set of that line", arguments: [(120, 36), (200, 60)])
  func parameters(columns: Int, rows: Int) throws {
    var state = state(columns, rows)
    Driver.type("3", on: &state)
    let rect = try #require(state.layout.rect(of: .parameters))
    func text(_ canvas: Canvas, _ y: Int) -> String {
      String((rect.x + 2..<rect.right - 1).map { canvas[$0, y].character })
    }
    for line in [4, 5, 0, 1, 3] {
      let y = rect.y + 1 + line
      let clicked = text(Render.screen(state), columns == 200 ? y - line % 2 : y)
      click(rect.x + 2, y, on: &state)
      let canvas = Render.screen(state)
      let cursor = try #require(
        (rect.y..<rect.bottom).first { canvas[rect.x + 2, $0].style.background == .key(.selBg) })
      #expect(text(canvas, cursor) == clicked)
    }
  }

  /// Without the focus the list shows the checked set, with it the cursor's: the click takes what was seen.
  @Test("a click in Parameters without the focus takes the set of that line")
  func parametersWithoutFocus() throws {
    var state = state(120, 36)
    let sets = ParameterBars.sets(state)
    // The one with fewest parameters is the last.
    state.setup.targets = try #require(sets.last)
    let rect = try #require(state.layout.rect(of: .parameters))
    let rows = rect.height - 2
    try #require(rows < sets.count)
    click(rect.x + 2, rect.y + 2, on: &state)
    #expect(state.focusedPane == .parameters && state.parametersRow == sets.count - rows + 1)
  }

  @Test("a click on a tab goes there", arguments: [(120, 36), (80, 24)])
  func tabs(columns: Int, rows: Int) throws {
    var state = state(columns, rows)
    // From 100 columns on tabs have their names, below it letters.
    let row = Render.screen(state).text[0]
    let text = columns >= 100 ? "Sweep" : " S "
    let range = try #require(row.range(of: text))
    click(row.distance(from: row.startIndex, to: range.lowerBound) + 1, 0, on: &state)
    #expect(state.screen == .sweep)
  }

  @Test("a click on a hint presses its key, in dialogs too")
  func hints() throws {
    var state = state()
    Driver.type("6", on: &state)
    let sort = try place("s sort", state)
    click(sort.x, sort.y, on: &state)
    #expect(state.dialog?.title == "Sort runs by")
    let cancel = try place("Esc cancel", state)
    click(cancel.x + 5, cancel.y, on: &state)
    #expect(state.dialog == nil)
    let help = try place("? help", state)
    click(help.x, help.y, on: &state)
    #expect(state.help != nil)
  }

  @Test("a click on a choice of a dialog chooses it, one beside the dialog does nothing, the wheel moves")
  func dialog() throws {
    var state = state()
    Driver.type("6s", on: &state)
    click(0, 20, on: &state)
    #expect(state.dialog != nil)
    let before = try #require(state.dialog?.focused)
    Driver.press(.mouse(MouseEvent(.wheelDown, .none, x: 60, y: 15)), on: &state)
    #expect(state.dialog?.focused == before + 1)
    let loss = try place("loss of the curve", state)
    click(loss.x, loss.y, on: &state)
    #expect(state.dialog == nil && state.runs.sort == .loss)
  }

  @Test("a theme is looked at with a click and taken with another")
  func themes() throws {
    var state = state()
    state.themeNames = ["Day", "Night", "Nord"]
    Driver.type("T", on: &state)
    let nord = try place("Nord", state)
    click(nord.x, nord.y, on: &state)
    #expect(state.themeName == "Nord" && state.dialog != nil)
    click(nord.x, nord.y, on: &state)
    #expect(state.themeName == "Nord" && state.dialog == nil)
  }

  @Test("a click on a column's title sorts, another one reverses")
  func titles() throws {
    var state = state()
    let header = try #require(state.layout.rect(of: .runs)).y + 1
    let row = Render.screen(state).text[header]
    let range = try #require(row.range(of: "loss"))
    let x = row.distance(from: row.startIndex, to: range.lowerBound)
    click(x, header, on: &state)
    #expect(state.runs.sort == .loss && !state.runs.isReversed)
    state.now += 10
    click(x, header, on: &state)
    #expect(state.runs.sort == .loss && state.runs.isReversed)
  }

  @Test("a double click on a row opens it; two clicks with time between them do not")
  func doubleClick() throws {
    var state = state()
    Driver.type("6", on: &state)
    let rect = try #require(state.layout.rect(of: .runs))
    let y = rect.y + 4
    click(rect.x + 10, y, on: &state)
    let run = state.runs.selected
    state.now += 5
    click(rect.x + 10, y, on: &state)
    #expect(state.screen == .main && state.runs.selected == run)
    state.now += 0.2
    click(rect.x + 10, y, on: &state)
    #expect(state.screen == .run && state.shownRun?.id == run)
  }

  @Test("a click on a box toggles it at once, beside it only chooses the row")
  func boxes() throws {
    var state = state()
    let before = state.setup.targets
    let row = try #require(state.layout.rect(of: .modules)).y + 4
    let text = Render.screen(state).text[row]
    let box = try #require(text.range(of: "[x]") ?? text.range(of: "[ ]"))
    let x = text.distance(from: text.startIndex, to: box.lowerBound)
    click(x + 8, row, on: &state)
    #expect(state.setup.targets == before)
    state.now += 5
    click(x + 1, row, on: &state)
    #expect(state.setup.targets != before)
    state.now += 5
    click(x + 1, row, on: &state)
    #expect(state.setup.targets == before)
  }

  @Test("a drag over a chart zooms to the range, a right drag inspects it")
  func charts() throws {
    var state = state()
    let rect = try #require(state.layout.rect(of: .loss))
    let y = rect.y + 6
    Driver.press(
      .mouse(MouseEvent(.press, .left, x: rect.x + 15, y: y)), .mouse(MouseEvent(.drag, .left, x: rect.x + 25, y: y)),
      .mouse(MouseEvent(.release, .left, x: rect.x + 25, y: y)), on: &state)
    let range = try #require(state.chart.range)
    #expect(range.lowerBound > 0 && range.upperBound - range.lowerBound > 20 && range.upperBound < 400)
    Driver.type("0", on: &state)
    // A click alone zooms nothing.
    state.now += 5
    click(rect.x + 15, y, on: &state)
    #expect(state.chart.range == nil)
    Driver.press(.mouse(MouseEvent(.press, .right, x: rect.x + 15, y: y)), on: &state)
    let first = try #require(state.chart.crosshair)
    Driver.press(
      .mouse(MouseEvent(.drag, .right, x: rect.x + 25, y: y)),
      .mouse(MouseEvent(.release, .right, x: rect.x + 25, y: y)),
      on: &state)
    #expect(try #require(state.chart.crosshair) > first)
  }

  @Test("the wheel zooms about the pointer")
  func wheel() throws {
    var state = state()
    let rect = try #require(state.layout.rect(of: .loss))
    Driver.press(.mouse(MouseEvent(.wheelUp, .none, x: rect.x + 12, y: rect.y + 5)), on: &state)
    let left = try #require(state.chart.range)
    Driver.type("0", on: &state)
    Driver.press(.mouse(MouseEvent(.wheelUp, .none, x: rect.right - 5, y: rect.y + 5)), on: &state)
    let right = try #require(state.chart.range)
    #expect(left.lowerBound < right.lowerBound && left.upperBound < right.upperBound)
    #expect(state.chart.crosshair == nil)
  }

  @Test("a seam is dragged, stays where it was put, keeps every pane's least size, and goes back with a double click")
  func seams() throws {
    var state = state()
    let before = try #require(state.layout.rect(of: .setup))
    let x = before.right
    let y = before.y + 3
    func drag(to end: Int) {
      Driver.press(
        .mouse(MouseEvent(.press, .left, x: x, y: y)), .mouse(MouseEvent(.drag, .left, x: end, y: y)),
        .mouse(MouseEvent(.release, .left, x: end, y: y)), on: &state)
    }
    drag(to: x + 6)
    #expect(state.layout.rect(of: .setup)?.width == before.width + 6)
    #expect(state.layout.rect(of: .modules)?.width == before.width + 6)
    #expect(state.layout.rect(of: .runs)?.x == x + 6)
    #expect(state.sizes.count == 1)
    // The screen is still covered once: no gap, no overlap.
    let area = state.layout.places.reduce(0) { $0 + $1.rect.width * $1.rect.height }
    #expect(area == 120 * 33)
    // Far beyond what there is.
    state.now += 5
    let now = x + 6
    Driver.press(
      .mouse(MouseEvent(.press, .left, x: now, y: y)), .mouse(MouseEvent(.drag, .left, x: 119, y: y)),
      .mouse(MouseEvent(.release, .left, x: 119, y: y)), on: &state)
    #expect(state.layout.places.allSatisfy { $0.rect.width >= 24 })
    // A double click: the layout's own place.
    let seam = try #require(state.layout.rect(of: .setup)).right
    state.now += 5
    click(seam, y, on: &state)
    click(seam, y, on: &state)
    #expect(state.sizes.isEmpty && state.layout.rect(of: .setup) == before)
  }

  @Test("every screen is covered once with any sizes", arguments: [(120, 36), (200, 60), (80, 24)])
  func sizes(columns: Int, rows: Int) {
    for screen in ScreenName.allCases {
      var state = state(columns, rows)
      state.screen = screen
      let before = state.layout.places
      for seam in state.layout.seams {
        for cells in [-500, -7, 3, 500] {
          var copy = state
          copy.sizes[seam.name(on: screen)] = cells
          let places = copy.layout.places
          #expect(places.map(\.pane) == before.map(\.pane))
          let covered = places.filter { $0.form == .open }.reduce(0) { $0 + $1.rect.width * $1.rect.height }
          #expect(covered == before.filter { $0.form == .open }.reduce(0) { $0 + $1.rect.width * $1.rect.height })
          #expect(places.allSatisfy { $0.rect.width > 0 && $0.rect.height > 0 })
        }
      }
    }
  }
}
