import Dashboard
import Foundation
import Messages
import Terminal
import Testing

@Suite("Options")
struct OptionsTests {
  // MARK: config.toml

  @Test("a file sets what it names and nothing else")
  func file() {
    let text = """
      theme = "nord"
      smoothing = 0.6
      axes = "logX"
      bell = true
      refresh = 30
      sort = "p50"
      store = "~/runs.sqlite"
      """
    let (settings, faults) = ConfigFile.read(text, file: "config.toml")
    #expect(faults.isEmpty)
    var expected = DashboardSettings()
    expected.theme = "nord"
    expected.smoothing = 1
    expected.axes = .logX
    expected.bell = true
    expected.refresh = 30
    expected.sort = .p50
    expected.store = "~/runs.sqlite"
    #expect(settings == expected)
  }

  @Test("every fault names its line, and the default stands; the rest of the file counts")
  func faults() {
    let text = """
      axis = "logY"
      axes = "logy"
      mouse = 3

      refresh = 0
      raw = [true]
      bell = true
      """
    let (settings, faults) = ConfigFile.read(text, file: "config.toml")
    #expect(
      faults.map(\.description) == [
        "config.toml:1: there is no option `axis`; did you mean `axes`?",
        "config.toml:2: `axes` is \"logy\"; it must be one of linear, logY, logX, logBoth; the default, \"logY\", is used",
        "config.toml:3: `mouse` is \"3\"; it must be true or false; the default, \"true\", is used",
        "config.toml:5: `refresh` is \"0\"; it must be a whole number from 1 to 60; the default, \"10\", is used",
        "config.toml:6: `raw` takes one value; the default, \"true\", is used",
      ])
    var expected = DashboardSettings()
    expected.bell = true
    #expect(settings == expected)
  }

  @Test("the menu's values are whole at 80 columns")
  func wholeValues() {
    var state = TestData.state(columns: 80, rows: 24)
    state.scatter.x = .overOProj
    Driver.type("O", on: &state)
    for _ in OptionField.all {
      for row in Render.screen(state).text {
        guard
          let field = OptionField.all.first(where: { row.contains("  \($0.about) ") || row.contains("  \($0.about),") })
        else { continue }
        #expect(!row.contains("…"), "\(field.name): \(row)")
      }
      Driver.press(.down, on: &state)
    }
  }

  @Test("what is not TOML is one line, and all defaults stand")
  func notTOML() {
    let (settings, faults) = ConfigFile.read("bell = true\naxes = = 3\n", file: "config.toml")
    #expect(settings == DashboardSettings())
    #expect(faults.count == 1 && faults.first?.line == 2)
    #expect(faults.first?.description.hasSuffix("; the defaults are used") == true)
    #expect(ConfigFile.read(URL(fileURLWithPath: "/nonexistent/config.toml")).faults.isEmpty)
  }

  @Test("each option takes back what it gives, refuses nonsense, and is in the documentation")
  func table() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/dashboard.md")
    let documentation = try String(contentsOf: page, encoding: .utf8)
    #expect(Set(OptionField.all.map(\.name)).count == OptionField.all.count)
    for field in OptionField.all {
      var settings = DashboardSettings()
      let taken = field.set(field.get(settings), in: &settings)
      #expect(taken == nil && settings == DashboardSettings(), "\(field.name)")
      #expect(documentation.contains("`\(field.name)`"), "docs/dashboard.md says nothing of \(field.name)")
      let nonsense = field.set(field.kind == .text ? "two\nlines" : "nonsense", in: &settings)
      #expect(nonsense != nil, "\(field.name)")
      guard field.kind != .text else { continue }
      // The value that the menu comes to is another one and is taken.
      let first = field.get(settings)
      let next = try #require(field.next(after: first))
      let refused = field.set(next, in: &settings)
      let now = field.get(settings)
      #expect(next != first && refused == nil && now == next, "\(field.name)")
    }
  }

  // MARK: The menu

  @Test("O lists every option with its value; Enter takes the next one, at once")
  func menu() throws {
    var state = TestData.state()
    state.size = ScreenSize(columns: 120, rows: 36)
    Driver.type("O", on: &state)
    let dialog = try #require(state.dialog)
    #expect(dialog.choices.count == OptionField.all.count)
    let axes = try #require(OptionField.all.firstIndex { $0.name == "axes" })
    #expect(dialog.choices[axes].note == "logY")
    for _ in 0..<axes { Driver.press(.down, on: &state) }
    Driver.press(.enter, on: &state)
    #expect(state.chart.axes == .logX)
    #expect(state.dialog?.choices[axes].note == "logX")
    #expect(state.dialog?.focused == axes)
    // Another option leaves what a screen has chosen for itself.
    state.charts[.run]?.smoothing = 0
    let bell = try #require(OptionField.all.firstIndex { $0.name == "bell" })
    for _ in 0..<axes - bell { Driver.press(.up, on: &state) }
    Driver.press(.enter, on: &state)
    #expect(state.options.bell)
    #expect(state.charts[.run]?.smoothing == 0)
    Driver.press(.escape, on: &state)
    #expect(state.dialog == nil && state.options.bell)
  }

  @Test("the mouse and colours are told to the terminal")
  func effects() throws {
    var state = TestData.state()
    let mouse = Update.apply(.key(.character("O")), to: &state)
    #expect(Driver.commands(mouse).isEmpty)
    var effects: [Effect] = []
    for name in ["mouse", "color"] {
      var copy = state
      let index = try #require(OptionField.all.firstIndex { $0.name == name })
      for _ in 0..<index { Driver.press(.down, on: &copy) }
      effects += Driver.press(.enter, on: &copy)
    }
    #expect(effects.contains { if case .setMouse(false) = $0 { true } else { false } })
    #expect(effects.contains { if case .setColorDepth(.mono) = $0 { true } else { false } })
  }

  // MARK: What is remembered

  private func temporaryFile() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("remembered-\(UUID().uuidString)")
    return folder.appendingPathComponent("state/dashboard.toml")
  }

  @Test("what was chosen is there again, config.toml is not touched, and what it says anew wins")
  func remembered() throws {
    let file = try temporaryFile()
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent().deletingLastPathComponent()) }
    var configuration = DashboardSettings()
    configuration.refresh = 30
    var state = TestData.state()
    state.use(configuration)
    state.themeName = "Nord"
    state.chart.axes = .linear
    state.runs.sort = .p50
    state.runs.filter = "a \"quoted\" \\ \u{1b} word"
    state.sizes = ["main setup|loss": 9]
    state.memory = ["other": "{\"columns\": [\"lr\"]}"]
    RememberedFile(state: state, configuration: configuration).write(to: file)

    let remembered = RememberedFile(reading: file)
    #expect(remembered == RememberedFile(state: state, configuration: configuration))
    let settings = remembered.applied(to: configuration)
    #expect(settings.theme == "Nord" && settings.axes == .linear && settings.sort == .p50)
    #expect(settings.filter == state.runs.filter)
    #expect(settings.refresh == 30)
    #expect(remembered.sizes == state.sizes && remembered.memory["other"] == state.memory["other"])
    // A person has written another theme into config.toml since: that is newer than what was chosen before.
    configuration.theme = "Dracula"
    #expect(remembered.applied(to: configuration).theme == "Dracula")
    #expect(remembered.applied(to: configuration).axes == .linear)
  }

  @Test("who wants nothing remembered has that remembered, and nothing else")
  func nothing() throws {
    var state = TestData.state()
    state.use(DashboardSettings())
    state.chart.axes = .linear
    state.sizes = ["x": 3]
    state.options.remember = false
    let remembered = RememberedFile(state: state, configuration: DashboardSettings())
    #expect(remembered.sizes.isEmpty)
    var expected = DashboardSettings()
    expected.remember = false
    #expect(remembered.applied(to: DashboardSettings()) == expected)
  }

  @Test(
    "a file that is damaged, or from another version, is no reason to stop",
    arguments: [
      "", "chosen = 3\n", "[chosen]\naxes = \"sideways\"\n[config]\naxes = \"logY\"\n", "= = =",
      "[sizes]\n\"a\" = \"99999999999999999999\"\n\"b\" = \"4000\"\n\"c\" = \"-9223372036854775808\"\n",
    ])
  func damaged(text: String) throws {
    let file = try temporaryFile()
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent().deletingLastPathComponent()) }
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
    let remembered = RememberedFile(reading: file)
    #expect(remembered.applied(to: DashboardSettings()) == DashboardSettings())
    #expect(remembered.sizes.isEmpty)
  }
}
