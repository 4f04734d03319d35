import Dashboard
import Foundation
import Messages
import Recipe
import Terminal
import Testing

@Suite("Export of what is shown")
struct ExportTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// The document that `keys` export.
  private func document(_ keys: String, on state: inout DashboardState) throws -> ExportDocument {
    let effects = Driver.type(keys, on: &state)
    return try #require(
      effects.lazy.compactMap { if case .export(let document) = $0 { document } else { nil } }.first)
  }

  // MARK: Tables

  private let table = ExportTable(
    title: "A | b", columns: ["name", "value", "count"],
    rows: [
      [.text("x|y <b> \u{1b}[31m"), .number(0.123456789, decimals: 2), .whole(3)],
      [.text("a \"b\", c\nd"), .none, .none],
    ])

  @Test("Markdown: signs mean themselves, controls are gone, numbers stand at the right and are rounded")
  func markdown() {
    #expect(
      table.markdown == """
        # A \\| b

        | name | value | count |
        | --- | ---: | ---: |
        | x\\|y &lt;b>  \\[31m | 0.12 | 3 |
        | a "b", c d |  |  |

        """)
  }

  @Test("CSV reads back as what went in, numbers in full, and holds nothing that a terminal would obey")
  func csv() {
    #expect(
      table.csv == "name,value,count\r\nx|y <b> <U+001B>[31m,0.123456789,3\r\n\"a \"\"b\"\", c\nd\",,\r\n")
  }

  @Test("no number is made of what is not finite")
  func notFinite() {
    #expect(ExportTable.Value.measured(.nan, 1) == .none)
    #expect(ExportTable.Value.measured(.infinity, 1) == .none)
    #expect(ExportTable.Value.measured(nil, 1) == .none)
  }

  // MARK: Charts

  private func curve(_ values: [Float], smoothing: Double = 0) -> ChartDrawing {
    var chart = ChartDrawing(title: "Loss <&>", xTitle: "step", yTitle: "nats")
    chart.curves = [
      ChartDrawing.Curve(name: "#1 \"a\" \u{7}", values: SeriesView(values), slot: 0, smoothing: smoothing)
    ]
    chart.xRange = 0...Double(values.count)
    return chart
  }

  /// What a picture holds, read as XML: every tag is closed in its order, every value quoted, no sign of XML stands for itself.
  private func elements(_ svg: String) throws -> Elements {
    var elements = Elements()
    var open: [String] = []
    var rest = svg[...]
    while let start = rest.firstIndex(of: "<") {
      let text = rest[..<start]
      if open.last == "text" { elements.texts.append(try unescaped(text)) } else { _ = try unescaped(text) }
      let end = try #require(rest[start...].firstIndex(of: ">"))
      var tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("/") {
        let opened = open.popLast()
        #expect(opened == String(tag.dropFirst()))
        continue
      }
      let isClosed = tag.hasSuffix("/")
      if isClosed { tag.removeLast() }
      let name = String(tag.prefix { $0 != " " })
      let values = tag.split(separator: "\"", omittingEmptySubsequences: false)
      #expect(values.count % 2 == 1, "\(tag)")
      if name == "path", tag.contains("stroke-width=\"1.8\"") { elements.paths.append(String(values[1])) }
      if name == "circle" { elements.circles += 1 }
      if !isClosed { open.append(name) }
    }
    #expect(open.isEmpty)
    return elements
  }

  private func unescaped(_ text: Substring) throws -> String {
    let known = ["&lt;": "<", "&gt;": ">", "&quot;": "\"", "&amp;": "&"]
    var rest = text
    var result = ""
    while let sign = rest.firstIndex(of: "&") {
      result += rest[..<sign]
      let entity = try #require(known.first { rest[sign...].hasPrefix($0.key) }, "\(text)")
      result += entity.value
      rest = rest[sign...].dropFirst(entity.key.count)
    }
    return result + rest
  }

  private struct Elements {
    var paths: [String] = []
    var texts: [String] = []
    var circles = 0
  }

  @Test("an SVG is well formed, names its curves, and breaks a curve where a value is not finite")
  func gaps() throws {
    let svg = ExportDocument(
      stem: "x", form: .svg, content: .chart(curve([3, 2, .nan, 1.5, 1, .infinity, 0.5, 0.4]))
    ).text
    let names = try elements(svg)
    #expect(names.texts.contains("Loss <&>") && names.texts.contains("#1 \"a\"  "))
    let path = try #require(names.paths.first)
    #expect(path.count { $0 == "M" } == 3)
    #expect(path.count { $0 == "L" } == 3)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test("a spike among a hundred thousand values is in the picture, which stays small")
  func spike() throws {
    var values = [Float](repeating: 1, count: 100_000)
    values[54_321] = 9
    let svg = ExportDocument(stem: "x", form: .svg, content: .chart(curve(values))).text
    #expect(svg.utf8.count < 200_000)
    let path = try #require(try elements(svg).paths.first)
    let heights = path.split(whereSeparator: { "ML".contains($0) }).compactMap {
      $0.split(separator: " ").last.flatMap { Double($0) }
    }
    let low = try #require(heights.max())
    let high = try #require(heights.min())
    // 1 lies low, 9 high in the picture: 16 of 17 parts of the axis apart, less the margins.
    #expect(low - high > 300)
    #expect(heights.count { $0 == high } <= 4)
  }

  @Test(
    "values that are not positive are gaps on a logarithmic axis, and no chart is without an axis",
    arguments: [
      [], [0], [-1, -2], [.nan], [1, 0, 2], [5], [0, 0],
    ] as [[Float]])
  func awkward(values: [Float]) throws {
    for scale in [AxisScale.linear, .log] {
      var chart = curve(values)
      chart.yScale = scale
      chart.xScale = scale
      let svg = ExportDocument(stem: "x", form: .svg, content: .chart(chart)).text
      _ = try elements(svg)
      #expect(!svg.contains("nan") && !svg.contains("inf"), "\(values) \(scale)")
    }
  }

  @Test("the CSV of a chart holds every step, raw and smoothed")
  func complete() {
    let text = ExportDocument(stem: "x", form: .csv, content: .chart(curve([4, 2, .nan, 1], smoothing: 0.5))).text
    let rows = text.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
    #expect(rows.count == 5)
    #expect(rows[0].hasPrefix("step,"))
    // 0.5 · 0 + 0.5 · 4 over 1 − 0.5; then (0.5 · 2 + 0.5 · 2) over 1 − 0.25.
    #expect(rows[1] == "1,4.0,4.0")
    #expect(rows[2].hasPrefix("2,2.0,2.666"))
    #expect(rows[4].hasPrefix("4,1.0,"))
  }

  @Test("a curve along tokens or time has its values where they lie, in the picture and in the table")
  func positions() throws {
    var chart = curve([4, 3, 2, 1])
    chart.xTitle = "training time, min"
    chart.curves[0].positions = SeriesView([60, 120, 240, 480])
    chart.curves[0].positionFactor = 1.0 / 60
    chart.xRange = 0...8
    func places(_ chart: ChartDrawing) throws -> [Double] {
      let path = try #require(
        try elements(ExportDocument(stem: "x", form: .svg, content: .chart(chart)).text).paths.first)
      return path.split(whereSeparator: { "ML".contains($0) }).compactMap {
        $0.split(separator: " ").first.flatMap { Double($0) }
      }
    }
    let xs = try places(chart)
    #expect(xs.count == 4)
    // 1, 2, 4 and 8 of 8 minutes: each gap is twice the one before.
    #expect(abs((xs[2] - xs[1]) - 2 * (xs[1] - xs[0])) < 0.3 && abs((xs[3] - xs[2]) - 2 * (xs[2] - xs[1])) < 0.3)
    // Of the zoomed part only what lies in it.
    chart.xRange = 1.5...5
    #expect(try places(chart).count == 2)
    let rows = chart.table.csv.split(separator: "\r\n").map(String.init)
    #expect(rows[0].contains("training time, min") && rows[3] == "3,4.0,2.0")
  }

  // MARK: From the screen

  @Test("E on Run's charts writes what each draws, along the axis of the screen")
  func runCharts() throws {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("R", on: &state)
    for pane in [Pane.runSpeed, .runMemory, .runGradient, .runRate] {
      state.focus[.run] = pane
      let chart = try #require(ExportSubject.chart(state), "\(pane)")
      #expect(chart.curves.count == 1 && chart.curves[0].values.count == 400 && chart.xTitle == "step", "\(pane)")
    }
    state.focus[.run] = .runSpeed
    Driver.type("u", on: &state)
    let chart = try #require(ExportSubject.chart(state))
    #expect(chart.xTitle == "tokens" && chart.curves[0].positions?.count == 400)
    state.focus[.run] = .runLatency
    let tokens = try #require(ExportSubject.table(state))
    let counts = tokens.rows.reduce(0) { $0 + (Int($1[2].plain) ?? 0) }
    #expect(counts == TestData.latencyBlocks.filter { !$0.isBase }.reduce(0) { $0 + $1.millisecondsPerToken.count })
    state.focus[.run] = .runEnergy
    let energies = try #require(ExportSubject.table(state))
    #expect(energies.columns.count == 1 + TestData.model.layers && !energies.rows.isEmpty)
    state.focus[.run] = .runSamples
    #expect(try #require(ExportSubject.table(state)).rows.count == TestData.examples.count)
  }

  @Test("e on the loss writes a picture of the curves that are shown")
  func loss() throws {
    var state = TestData.state()
    let document = try document("4es", on: &state)
    #expect(document.stem == "lorascope-loss" && document.form == .svg)
    let names = try elements(document.text)
    #expect(names.paths.count == ChartRuns.of(state).filter { $0.losses.count > 0 }.count)
    #expect(names.texts.contains { $0.hasPrefix("#12 ") })
    #expect(state.dialog == nil)
  }

  @Test("E on the runs writes every run with every column, whatever the width")
  func runs() throws {
    var state = TestData.state()
    Driver.apply(.resize(ScreenSize(columns: 80, rows: 24)), to: &state)
    let document = try document("6Ec", on: &state)
    let rows = document.text.split(separator: "\r\n").map(String.init)
    #expect(rows.count == state.snapshot.runs.count + 1)
    let columns = rows[0].split(separator: ",", omittingEmptySubsequences: false).count
    #expect(rows.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == columns })
    #expect(rows[0].contains("overhead %") && rows.contains { $0.hasPrefix("12,") })
  }

  @Test("every pane can be exported in every form that it offers")
  func everyPane() throws {
    for pane in Pane.allCases {
      var state = TestData.state()
      Driver.press(.character(pane.screen.letter), on: &state)
      Driver.press(.character(Character("\(pane.number)")), on: &state)
      #expect(state.focusedPane == pane)
      let forms = ExportSubject.forms(state)
      #expect(forms.contains(.text), "\(pane)")
      for form in forms {
        let document = ExportSubject.document(form, state)
        #expect(document.form == form && !document.text.isEmpty, "\(pane) \(form)")
        #expect(!document.stem.contains("/") && !document.stem.contains(" "), "\(document.stem)")
      }
    }
  }

  @Test("in a replay nothing is written, and a line says so")
  func replay() {
    var state = TestData.state()
    state.snapshot.engine.replay = ReplayStatus(time: 10, share: 0.5, speed: 10, isPaused: false)
    let effects = Driver.type("E", on: &state)
    #expect(state.dialog == nil && !effects.contains { if case .export = $0 { true } else { false } })
    #expect(state.notice?.text.contains(ReplayStatus.changesNothing) == true)
  }

  // MARK: The file

  @Test("nothing is overwritten: the second file has another name, and its path is said")
  func neverOverwrites() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let document = ExportDocument(stem: "runs", form: .csv, content: .rows(["one"]))
    #expect(document.write(to: folder.path) == .success(folder.path + "/runs.csv"))
    let other = ExportDocument(stem: "runs", form: .csv, content: .rows(["two  "]))
    #expect(other.write(to: folder.path) == .success(folder.path + "/runs-2.csv"))
    #expect(try String(contentsOfFile: folder.path + "/runs.csv", encoding: .utf8) == "one\n")
    #expect(try String(contentsOfFile: folder.path + "/runs-2.csv", encoding: .utf8) == "two\n")
    var state = TestData.state()
    Driver.apply(.exported(.success("/tmp/x/runs-2.csv")), to: &state)
    #expect(state.notice?.text == "written: /tmp/x/runs-2.csv")
  }

  @Test("a folder that cannot be written to is one line")
  func unwritable() throws {
    let document = ExportDocument(stem: "runs", form: .csv, content: .rows(["one"]))
    guard case .failure(let failure) = document.write(to: "/nonexistent/folder") else {
      Issue.record("it was written")
      return
    }
    #expect(failure.description.hasPrefix("/nonexistent/folder/runs.csv: No such file or directory; "))
    var state = TestData.state()
    Driver.apply(.exported(.failure(failure)), to: &state)
    #expect(state.notice?.level == .error)
  }
}
