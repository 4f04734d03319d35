import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

/// The table of a store with many runs: order, columns, groups, labels.
@Suite struct RunsTableTests {
  /// Three combinations with two seeds each on two data sets, and the base of one.
  static func snapshot() -> Snapshot {
    var snapshot = TestData.snapshot
    snapshot.queue = []
    snapshot.runs = []
    for (place, data) in ["sums", "dates"].enumerated() {
      for (number, digit) in ["1", "2", "F"].enumerated() {
        for seed in 0..<2 {
          let id = RunID(1 + place * 6 + number * 2 + seed)
          var run = TestData.run(
            id, Character(digit), seed: UInt64(seed), state: .done, loss: 0.5,
            score: 0.5 + 0.05 * Double(number) + 0.01 * Double(seed),
            overhead: 2 + Double(number))
          run.plan.data = .task(name: data)
          if digit == "F" { run.plan.settings.rank = 16 }
          snapshot.runs.append(run)
        }
      }
    }
    return snapshot
  }

  private func state(_ columns: Int = 120, _ rows: Int = 36) -> DashboardState {
    var state = TestData.state(columns: columns, rows: rows, snapshot: Self.snapshot())
    Driver.type("6", on: &state)
    return state
  }

  @Test("every column sorts both ways, runs without a value last")
  func sorting() {
    var state = state()
    Driver.apply(.snapshot(TestData.snapshot), to: &state)
    for sort in RunsTable.Sort.plain + SettingField.all.map({ .setting($0.key) }) {
      state.runs.sort = sort
      state.runs.isReversed = false
      let up = state.runRows.ids
      #expect(Set(up).count == 15, "\(sort)")
      state.runs.isReversed = true
      #expect(Set(state.runRows.ids) == Set(up), "\(sort)")
    }
    state.runs.sort = .p95
    for reversed in [false, true] {
      state.runs.isReversed = reversed
      let rows = state.runRows.map { $0.latency != nil || $0.state.isActive }
      #expect(rows == rows.sorted { $0 && !$1 }, "\(reversed)")
    }
  }

  @Test("o sorts by the explained column, and again the other way round")
  func sortByColumn() {
    var state = state()
    Driver.type("o", on: &state)
    #expect(state.notice?.text.contains("choose a column first") == true)
    state.runs.column = .seed
    Driver.type("o", on: &state)
    #expect(state.runs.sort == .seed && state.runRows.first?.plan.settings.seed == 0)
    Driver.type("o", on: &state)
    #expect(state.runs.isReversed && state.runRows.first?.plan.settings.seed == 1)
  }

  @Test("settings become columns, and columns go")
  func columns() {
    var state = state()
    Driver.type("c", on: &state)
    #expect(state.dialog?.title == "Columns")
    let rank = state.dialog?.choices.firstIndex { $0.action == .runs(.toggleColumn(.setting("rank"))) }
    state.dialog?.focused = rank ?? 0
    Driver.press(.enter, on: &state)
    #expect(state.dialog?.choices[rank ?? 0].note == "always")
    Driver.press(.escape, on: &state)
    #expect(Render.screen(state).text.contains { $0.contains("seed rank") || $0.contains(" rank ") })
    state.runs.columns = [.loss: false, .created: true]
    let head = Render.screen(state).text.first { $0.contains("score %") && $0.contains(" seed ") } ?? ""
    #expect(!head.contains(" loss ") && head.contains("queued"), "\(head)")
  }

  @Test("groups fold, count and say what their seeds say together")
  func groups() throws {
    var state = state(200, 60)
    Driver.type("ad", on: &state)
    #expect(
      state.runRows.groups.map(\.title) == ["dates", "sums"] || state.runRows.groups.map(\.title) == ["sums", "dates"])
    #expect(state.runRows.lineCount == 2)
    let request = try #require(state.runGroups.key)
    #expect(request.groups.map(\.count) == [6, 6])
    let summary = RunGroupSummary(
      runs: 6, scored: 6, setups: 3,
      score: .init(value: 0.555, interval: Interval(estimate: 0.555, low: 0.535, high: 0.575), seeds: 2, setups: 3),
      overheadPercent: .init(value: 3, interval: nil, seeds: 2, setups: 3))
    Driver.apply(.reply(.runGroups(request), .runGroups([summary, summary])), to: &state)
    let row = try #require(Render.screen(state).text.first { $0.contains("6 runs") })
    #expect(row.contains("55.5±2.0 % over 2 seeds × 3 setups") && row.contains("ovh +3.0 %"), "\(row)")
    // On a group nothing can be done with a run.
    Driver.type("e", on: &state)
    #expect(state.notice?.text.contains("a group is selected") == true)
    Driver.press(.enter, on: &state)
    #expect(state.runRows.lineCount == 8)
    Driver.type("j", on: &state)
    #expect(state.selectedRun != nil && state.runs.group == nil)
    Driver.type("w", on: &state)
    #expect(state.runRows.lineCount == 2 && state.selectedRun == nil)
    Driver.type("w", on: &state)
    #expect(state.runRows.lineCount == 14)
    Driver.type("G", on: &state)
    #expect(state.selectedRun != nil)
    Driver.type("an", on: &state)
    #expect(state.runRows.groups.isEmpty && state.runRows.lineCount == 12)
  }

  @Test("groups of every kind hold each run once, whatever the filter")
  func everyGrouping() {
    for grouping in RunsTable.Grouping.allCases {
      for filter in ["", "data:dates", "zzz"] {
        var state = state()
        state.runs.filter = filter
        state.runs.grouping = grouping
        Driver.type("w", on: &state)
        let rows = state.runRows
        #expect(rows.count == (filter.isEmpty ? 12 : filter == "zzz" ? 0 : 6), "\(grouping) \(filter)")
        #expect(Set(rows.ids).count == rows.count)
        _ = Render.screen(state)
        Driver.type("jjkkGg", on: &state)
        _ = Render.screen(state)
      }
    }
    var state = state()
    state.runs.grouping = .study
    #expect(state.runRows.groups.map(\.title).sorted() == ["dates r16", "dates r8", "sums r16", "sums r8"])
  }

  @Test("a filter and a fold take rows away, and change the order of none")
  func orderStays() {
    var state = state()
    for sort in RunsTable.Sort.plain {
      for reversed in [false, true] {
        (state.runs.sort, state.runs.isReversed, state.runs.filter) = (sort, reversed, "")
        let all = state.runRows.ids
        for filter in ["data:sums", "data:sums score>0.5", "data:sums score>0.52", "data:sums"] {
          state.runs.filter = filter
          let fitting = state.runRows.ids
          #expect(fitting == all.filter(Set(fitting).contains) && fitting.count < all.count, "\(sort) \(filter)")
        }
      }
    }
    state.runs = RunsTable()
    state.runs.grouping = .data
    let rows = state.runRows.ids
    state.runs.folded = ["sums"]
    #expect(state.runRows.ids == rows && state.runRows.lineCount == 8)
    state.runs.folded = []
    #expect(state.runRows.lineCount == 14)
  }

  @Test("a run that goes on takes its new place, and fits a filter or does not")
  func goesOn() {
    var state = state()
    state.runs.sort = .labels
    var snapshot = state.snapshot
    for (place, name) in ["b", "a", "c"].enumerated() { snapshot.runs[place].labels.name = name }
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(Array(state.runRows.ids.prefix(3)) == [2, 1, 3])
    snapshot.runs[2].labels.name = "aa"
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(Array(state.runRows.ids.prefix(3)) == [2, 3, 1])
    state.runs.filter = "name:a"
    #expect(state.runRows.ids == [2, 3])
    snapshot.runs[1].labels.name = "z"
    snapshot.runs[0].labels.name = "ab"
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.runRows.ids == [3, 1])
    snapshot.runs[0].labels.isPinned = true
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.runRows.ids == [1, 3])
    // Runs that are gone, and new ones, leave no place as it was.
    snapshot.runs.removeFirst(2)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.runRows.ids == [3])
  }

  @Test("what is written on a run goes over the bus, and is shown")
  func labels() {
    var state = state()
    state.runs.selected = 3
    Driver.type("Nn", on: &state)
    Driver.type("best one", on: &state)
    #expect(Driver.commands(Driver.press(.enter, on: &state)) == [.label([3], .name("best one"))])
    Driver.type("Nt", on: &state)
    Driver.type("good final", on: &state)
    #expect(Driver.commands(Driver.press(.enter, on: &state)) == [.label([3], .addTags(["good", "final"]))])
    #expect(Driver.commands(Driver.type("Np", on: &state)) == [.label([3], .pin(true))])
    var snapshot = Self.snapshot()
    snapshot.runs[2].labels.name = "best one"
    snapshot.runs[2].labels.tags = ["good"]
    snapshot.runs[2].labels.note = "look here"
    snapshot.runs[2].labels.isPinned = true
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(state.runRows.first?.id == 3)
    #expect(Render.screen(state).text.contains { $0.contains("best one [good]") })
    state.runs.filter = "tag:good"
    #expect(state.runRows.ids == [3])
    Driver.type("R", on: &state)
    #expect(Render.screen(state).text.contains { $0.contains("best one [good]") })
    // A name that would command a terminal is shown.
    snapshot.runs[2].labels.name = "a\u{1b}[2Jb\u{202e}"
    Driver.type("M", on: &state)
    Driver.apply(.snapshot(snapshot), to: &state)
    #expect(!Render.screen(state).text.joined().unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x202e })
  }

  @Test("V chooses what the filter shows; orders are about all of them")
  func choosing() {
    var state = state()
    Driver.type("/data:dates", on: &state)
    Driver.press(.enter, on: &state)
    Driver.type("V", on: &state)
    #expect(state.runs.chosen == Set(7...12))
    Driver.type("Nt", on: &state)
    Driver.type("x", on: &state)
    #expect(Driver.commands(Driver.press(.enter, on: &state)) == [.label([7, 8, 9, 10, 11, 12], .addTags(["x"]))])
    Driver.type("d", on: &state)
    #expect(state.dialog?.title == "Delete 6 runs")
    // Cancel has the focus.
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty)
    // Nor do two keys delete them: their number has to be typed.
    #expect(Driver.commands(Driver.type("dd", on: &state)).isEmpty)
    #expect(Render.screen(state).text.contains { $0.contains("type 6 to delete 6 runs") })
    Driver.type("7", on: &state)
    #expect(state.field?.message?.contains("6 runs") == true)
    #expect(Driver.commands(Driver.press(.enter, on: &state)).isEmpty && state.field != nil)
    Driver.press(.backspace, on: &state)
    #expect(Driver.commands(Driver.type("6", on: &state)).isEmpty)
    #expect(Driver.commands(Driver.press(.enter, on: &state)) == [.delete([7, 8, 9, 10, 11, 12])])
    #expect(state.field == nil)
    var fewer = Self.snapshot()
    fewer.runs.removeAll { $0.id > 8 }
    Driver.apply(.snapshot(fewer), to: &state)
    #expect(state.runs.chosen == [7, 8])
    Driver.press(.escape, on: &state)
    #expect(state.runs.chosen.isEmpty && !state.runs.filter.isEmpty)
  }

  @Test("the table's memory is what was written, and what is unknown is left out")
  func memory() throws {
    var state = state()
    state.runs.sort = .setting("rank")
    state.runs.isReversed = true
    state.runs.filter = "score>0.5"
    state.runs.grouping = .data
    state.runs.columns = [.setting("lr"): true, .p95: false]
    let data = try JSONEncoder().encode(state.runsMemory)
    var other = self.state()
    other.runsMemory = try JSONDecoder().decode(RunsTableMemory.self, from: data)
    #expect(other.runs.sort == .setting("rank") && other.runs.isReversed && other.runs.grouping == .data)
    #expect(other.runs.filter == "score>0.5" && other.runs.columns == state.runs.columns)
    let odd =
      #"{"sort":"phase of the moon","filter":"rank=","columns":{"setting:gone":true,"loss":false},"grouping":"x","more":1}"#
    other.runsMemory = try JSONDecoder().decode(RunsTableMemory.self, from: Data(odd.utf8))
    #expect(other.runs.sort == .setting("rank") && other.runs.filter == "score>0.5" && other.runs.grouping == nil)
    #expect(other.runs.columns[.loss] == false)
  }

  @Test("numbers of six digits have a column of their width on every page")
  func sixDigits() {
    var snapshot = Self.snapshot()
    snapshot.runs[11].id = 123_456
    var state = TestData.state(columns: 80, rows: 24, snapshot: snapshot)
    Driver.type("6", on: &state)
    state.runs.sort = .number
    #expect(Render.screen(state).text.contains { $0.contains("123456") })
  }

  @Test func goldens() throws {
    for (columns, rows) in [(80, 24), (120, 36), (200, 60)] {
      var state = TestData.state(columns: columns, rows: rows, snapshot: Self.snapshot())
      state.snapshot.runs[2].labels.name = "best of sums"
      state.snapshot.runs[2].labels.tags = ["good", "final"]
      state.snapshot.runs[2].labels.isPinned = true
      state.runs.columns = [.setting("rank"): true]
      Driver.type("6V", on: &state)
      try Golden.check(state, "runs-labels-\(columns)x\(rows)")
      Driver.press(.escape, on: &state)
      Driver.type("as", on: &state)
      if let request = state.runGroups.key {
        let summary = RunGroupSummary(
          runs: 6, scored: 6, setups: 3,
          score: .init(value: 0.555, interval: Interval(estimate: 0.555, low: 0.535, high: 0.575), seeds: 2, setups: 3),
          overheadPercent: .init(value: 3, interval: Interval(estimate: 3, low: 2.5, high: 3.5), seeds: 2, setups: 3))
        let answer = request.groups.map { _ in summary }
        Driver.apply(.reply(.runGroups(request), .runGroups(answer)), to: &state)
      }
      Driver.press(.enter, on: &state)
      try Golden.check(state, "runs-groups-\(columns)x\(rows)")
      Driver.type("/rank>", on: &state)
      try Golden.check(state, "runs-filter-\(columns)x\(rows)")
    }
  }
}
