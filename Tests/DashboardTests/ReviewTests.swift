import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

/// What a reviewer found wrong with the first dashboard and no other suite looks at.
@Suite("Found in review")
struct ReviewTests {
  private static let sizes = [(60, 16), (80, 24), (120, 36), (200, 60)]

  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  /// Of a pane, without its frame.
  private func inside(_ pane: Pane, _ state: DashboardState) throws -> [String] {
    let rect = try #require(state.layout.rect(of: pane))
    return text(state)[(rect.y + 1)..<(rect.bottom - 1)].map { String(Array($0)[(rect.x + 1)..<(rect.right - 1)]) }
  }

  @Test("the list of parameters begins at its beginning")
  func parameters() throws {
    for (columns, rows) in [(120, 30), (120, 36), (140, 40)] {
      var state = TestData.state(columns: columns, rows: rows)
      state.setup.targets = [.qkv, .oProj, .fc1, .fc2]
      let first = try #require(ParameterBars.sets(state).first)
      #expect(first == .all)
      #expect(try inside(.parameters, state)[0].contains("F "), "\(columns)×\(rows)")
      Driver.type("3", on: &state)
      #expect(try inside(.parameters, state)[0].contains("F "), "focused, \(columns)×\(rows)")
    }
  }

  @Test("a large screen leaves few rows of its left column empty")
  func leftColumn() throws {
    let state = TestData.state(columns: 200, rows: 60)
    var empty = 0
    for pane in [Pane.setup, .modules, .parameters] {
      empty += try inside(pane, state).count { $0.allSatisfy { $0 == " " } }
    }
    #expect(empty <= 5)
    let list = try inside(.parameters, state)
    let checked = try #require(list.firstIndex { $0.contains("D qkv+fc1+fc2") })
    #expect(list[checked + 1].contains("69.6±2.1 %  +11.9±0.5 % TPOT  1 seed"))
    #expect(list.contains { $0.contains("no result yet, est. ") })
  }

  @Test("the options of a sweep are whole at every size")
  func sweepOptions() throws {
    for (columns, rows) in Self.sizes where columns >= 80 {
      var state = TestData.state(columns: columns, rows: rows)
      Driver.type("S2", on: &state)
      #expect(try !inside(.sweepOptions, state).contains { $0.contains("…") }, "\(columns)×\(rows)")
    }
  }

  @Test("the pointer of a selected row stands inside its pane's frame", arguments: sizes)
  func pointer(_ columns: Int, _ rows: Int) {
    var state = TestData.state(columns: columns, rows: rows)
    for screen in ScreenName.allCases {
      Driver.apply(.key(.character(screen.letter)), to: &state)
      for number in 1...screen.panes.count {
        Driver.type("\(number)", on: &state)
        let canvas = Render.screen(state)
        // A pane that is open over others stands on their frames.
        let overlays = state.layout.places.filter { $0.form == .overlay }
        for place in overlays.isEmpty ? state.layout.places : overlays where place.form != .title {
          for y in place.rect.y..<place.rect.bottom {
            for x in [place.rect.x, place.rect.right - 1] {
              #expect(canvas[x, y].scalar != "▸", "\(screen) \(place.pane) at \(columns)×\(rows)")
            }
          }
        }
      }
    }
  }

  @Test("a second dashboard says on its first screen why it only reads, and says it on every one")
  func secondDashboard() {
    var snapshot = TestData.snapshot
    snapshot.engine.isReadOnly = true
    var state = TestData.state(snapshot: snapshot)
    #expect(text(state).contains { $0.contains("read only: another lorascope works on this store") })
    for screen in ScreenName.allCases {
      Driver.apply(.key(.character(screen.letter)), to: &state)
      #expect(text(state)[0].contains("read only"), "\(screen)")
    }
  }

  @Test("a folder of runs that are trained elsewhere is read only for that reason")
  func watching() {
    var state = TestData.state()
    (state.isReadOnly, state.watches) = (true, true)
    #expect(state.readOnlyReason == "read only: these runs are trained elsewhere")
  }

  @Test("what is said by the way goes from the status row after a minute, and what was done comes back")
  func news() {
    var state = TestData.state()
    state.notice = Notice(level: .info, text: "#28: 400 examples, plain text", time: state.now + 1)
    state.now += 30
    #expect(state.statusNotice?.text == "#28: 400 examples, plain text")
    state.now += 60
    #expect(state.statusNotice?.text.contains("#12 done") == true)
    state.notice = Notice(level: .error, text: "full", time: state.now)
    state.now += 3600
    #expect(state.statusNotice?.text == "full")
    // Why a key could not act is not said on the next screens too.
    state.notice = Notice(level: .warning, text: "b: there was no search yet", time: state.now)
    state.now += 10
    #expect(state.statusNotice?.text == "b: there was no search yet")
    state.now += 10
    #expect(state.statusNotice?.text.contains("#12 done") == true)
  }

  @Test("names of measures are whole, or the word score stands for them", arguments: sizes)
  func measures(_ columns: Int, _ rows: Int) throws {
    for name in ["strict choice accuracy", "key-value match"] {
      var snapshot = TestData.snapshot
      for place in snapshot.runs.indices { snapshot.runs[place].score?.metric = name }
      var state = TestData.state(columns: columns, rows: rows, snapshot: snapshot)
      var comparison = TestData.comparison
      for row in comparison.rows.indices { comparison.rows[row].run.score?.metric = name }
      Driver.type("C", on: &state)
      let request = try #require(state.compare.answer.key)
      state.compare.answer.value = nil
      Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
      for screen in ["M", "C", "R"] {
        Driver.type(screen, on: &state)
        for pane in 1...8 {
          Driver.type("\(pane)", on: &state)
          for line in text(state) {
            for length in 4..<name.count - 1 {
              #expect(!line.contains(name.prefix(length) + "…"), "\(screen) \(pane) at \(columns)×\(rows): \(line)")
            }
          }
        }
      }
    }
  }

  @Test("settings that no run has are no settings to read")
  func settings() throws {
    var state = TestData.state(columns: 120, rows: 36)
    Driver.type("C", on: &state)
    var comparison = TestData.comparison
    let count = comparison.rows.count
    comparison.settings += [
      Comparison.Setting(name: "prompt field", values: Array(repeating: "–", count: count)),
      Comparison.Setting(name: "clip", values: Array(repeating: "1", count: count)),
    ]
    let request = try #require(state.compare.answer.key)
    state.compare.answer.value = nil
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
    Driver.type("2z", on: &state)
    let shown = text(state).joined(separator: " ")
    #expect(!shown.contains("prompt field") && shown.contains("clip 1"))
  }
}
