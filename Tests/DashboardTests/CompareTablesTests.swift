import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Compare's panes as files.
@Suite("Compare as tables")
struct CompareTablesTests {
  private func table(_ pane: Pane, runs: Int = 3, examples: Int = 20) throws -> ExportTable {
    let comparison = CompareData.comparison(runs: runs, examples: examples)
    return try #require(CompareTables.table(pane, comparison, ExampleGrid(comparison.samples)))
  }

  @Test("every pane but the curves and the maps has a table whose rows are as long as its head")
  func shapes() throws {
    // The maps by layer follow from the shown model too: what the screen exports below.
    for pane in ScreenName.compare.panes where pane != .compareLoss && pane != .compareLayers {
      let table = try table(pane)
      #expect(!table.rows.isEmpty && table.rows.allSatisfy { $0.count == table.columns.count }, "\(pane)")
    }
    let comparison = CompareData.comparison(runs: 2, examples: 1)
    #expect(CompareTables.table(.compareLoss, comparison, ExampleGrid(comparison.samples)) == nil)
    #expect(CompareTables.table(.compareLayers, comparison, ExampleGrid(comparison.samples)) == nil)
    #expect(CompareTables.table(.runs, comparison, ExampleGrid(comparison.samples)) == nil)
  }

  @Test("numbers are there in full, each pair once, each example once, and all tokens")
  func values() throws {
    let results = try table(.compareResults)
    let second = Dictionary(zip(results.columns, results.rows[1].map(\.plain))) { first, _ in first }
    #expect(second["run"] == "6" && second["verdict"] == "can't tell" && second["difference_points"] == "1.0")
    #expect(second["paired_examples"] == "20" && second["p_is_bound"] == "no" && second["measured_busy"] == "no")
    #expect(try table(.comparePairs, runs: 4).rows.count == 6)
    let examples = try table(.compareExamples)
    #expect(Set(examples.rows.map { $0[0].plain }) == Set((0..<20).map { "\($0)" }))
    let times = try table(.compareLatency)
    for column in times.columns.indices.dropFirst(2) {
      #expect(times.rows.reduce(0) { $0 + (Int($1[column].plain) ?? 0) } == 400)
    }
  }

  @Test("in Markdown numbers are rounded, and stand in full in CSV")
  func rounding() throws {
    let pairs = try table(.comparePairs, runs: 2)
    #expect(pairs.markdown.contains("| -1.0 | -3.0 | 1.0 |") && pairs.markdown.contains("0.4000"))
    #expect(pairs.csv.contains(",-1.0,-3.0,1.0,can't tell,0.4,no,exact McNemar,20\r\n"))
  }

  // MARK: From the screen

  private func document(_ keys: String, on state: inout DashboardState) throws -> ExportDocument {
    let effects = Driver.type(keys, on: &state)
    return try #require(effects.lazy.compactMap { if case .export(let document) = $0 { document } else { nil } }.first)
  }

  @Test("e in each pane of Compare writes its table, and its curves as a picture")
  func fromTheScreen() throws {
    for pane in ScreenName.compare.panes {
      var state = CompareData.state(runs: 3, examples: 20)
      Driver.press(.character(Character("\(pane.number)")), on: &state)
      #expect(state.focusedPane == pane)
      if pane == .compareLoss {
        #expect(ExportSubject.forms(state) == [.svg, .text, .csv])
        continue
      }
      let written = try document("ec", on: &state)
      let table = try #require(ExportSubject.table(state))
      #expect(written.form == .csv && written.text == table.csv, "\(pane)")
      #expect(written.text.split(separator: "\r\n").count == table.rows.count + 1, "\(pane)")
    }
  }

  @Test("before there is a comparison the text says why")
  func notYet() throws {
    var snapshot = TestData.snapshot
    snapshot.runs = []
    var state = TestData.state(snapshot: snapshot)
    Driver.type("C2", on: &state)
    #expect(state.compare.comparison == nil && ExportSubject.forms(state) == [.text, .svg])
  }

  // MARK: Maps by layer

  private func energy(_ scale: Double, layers: Int) -> AdapterEnergy {
    let paths = (0..<layers).map { ModulePath(layer: $0, module: .oProj) }
    return AdapterEnergy(
      step: 400, energies: Dictionary(uniqueKeysWithValues: paths.map { ($0, scale * Double($0.layer + 1)) }),
      in: TestData.model.linears)
  }

  private func withEnergies(_ state: inout DashboardState, of runs: Int) throws {
    let request = try #require(state.compare.answer.key)
    var comparison = try #require(state.compare.comparison)
    for place in comparison.rows.indices {
      comparison.rows[place].run.energy = place < runs ? energy(0.01 * Double(place + 1), layers: 4) : nil
    }
    Driver.apply(.reply(.compare(request), .comparison(comparison)), to: &state)
  }

  @Test("w shows the energies in place of the parameters, where some are stored, and goes back")
  func energies() throws {
    var state = CompareData.state(runs: 3, examples: 20, columns: 160, rows: 48)
    try withEnergies(&state, of: 0)
    Driver.press(.character("8"), on: &state)
    #expect(Render.screen(state).text.joined().contains("Parameters by layer"))
    Driver.type("w", on: &state)
    #expect(state.notice?.text.contains("of none of these runs the adapter's energy is stored") == true)
    #expect(state.compare.shownLayers == .parameters)
    // What training made of the adapters is more than what follows from their modules.
    try withEnergies(&state, of: 2)
    let text = Render.screen(state).text.joined(separator: "\n")
    #expect(text.contains("Energy by layer") && text.contains("squared norm of BA") && text.contains("not stored"))
    Driver.type("w", on: &state)
    #expect(Render.screen(state).text.joined().contains("Parameters by layer"))
    Driver.type("w", on: &state)
    #expect(Render.screen(state).text.joined().contains("Energy by layer"))
  }

  @Test("the table of energies has each run's own, nothing where a layer has no adapter")
  func energyTable() throws {
    var state = CompareData.state(runs: 3, examples: 20)
    Driver.press(.character("8"), on: &state)
    try withEnergies(&state, of: 2)
    let table = try #require(ExportSubject.table(state))
    #expect(table.rows.map { $0[0].plain } == ["5", "6"] && table.rows.allSatisfy { $0[1].plain == "o_proj" })
    let second = table.rows[1].dropFirst(2).map(\.plain)
    #expect(second.count == TestData.model.layers)
    #expect(Double(second[3]) == Double(Float(0.08)) && second.dropFirst(4).allSatisfy { $0.isEmpty })
  }
}
