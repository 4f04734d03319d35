import Dashboard
import Foundation
import Messages
import Terminal
import Testing

/// Saves a theme's file while the dashboard shows it, and notes with which colours each frame was drawn.
private final class ThemeScreen: Screen {
  let size = ScreenSize(columns: 120, rows: 36)
  let characterSet = Terminal.CharacterSet.braille
  var colorDepth = ColorDepth.truecolor
  /// What is saved, and the words of the status row that show that it was taken.
  private var steps: [(save: String, waitFor: String)]
  private let file: URL
  private var isWaiting = false
  private var last: [String] = []
  private var polls = 0
  private(set) var titles: [RGB?] = []

  init(file: URL, steps: [(save: String, waitFor: String)]) {
    self.file = file
    self.steps = steps
  }

  func present(_ canvas: Canvas, theme: Theme) {
    last = canvas.text
    let title = theme[.title].color.rgb
    if titles.last != title { titles.append(title) }
  }

  func nextKey(timeoutMilliseconds: Int) -> Key? {
    usleep(1000)
    polls += 1
    // What never shows must not hang the tests: the expectations after it fail instead.
    if polls > 20_000 { return .hangup }
    guard last.contains(where: { $0.contains("2 Modules") }) else { return nil }
    guard let step = steps.first else { return .signal(15) }
    if !isWaiting {
      try? step.save.write(to: file, atomically: true, encoding: .utf8)
      isWaiting = true
    } else if last.contains(where: { $0.contains(step.waitFor) }) {
      steps.removeFirst()
      isWaiting = false
    }
    return nil
  }

  func invalidate() {}
  func setMouse(_ on: Bool) {}
  func copy(_ text: String) {}
  func suspend() {}
  func resume() {}
  func close() {}
}

@Suite("Reloading of themes")
struct ThemeReloadTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("themes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  @Test("a theme that is saved shows; with an error in it the one from before stays, and its line is said")
  func reload() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("mine.toml")
    try "name = \"Mine\"\ntitle = \"#111111\"\n".write(to: file, atomically: true, encoding: .utf8)
    let bus = MessageBus()
    let engine = RecordingEngine(bus: bus)
    await bus.attach(engine)
    bus.change { snapshot in
      let version = snapshot.version
      snapshot = TestData.snapshot
      snapshot.notices = []
      snapshot.version = version
    }
    _ = await bus.currentSnapshot()
    let screen = ThemeScreen(
      file: file,
      steps: [
        ("name = \"Mine\"\ntitle = \"#222222\"\n", "was read again"),
        ("name = \"Mine\"\n\ntitel = \"#333333\"\n", "mine.toml:3: unknown key `titel`"),
        ("name = \"Mine\"\ntitle = \"#444444\"\n\n", "was read again"),
      ])
    let theme = try Theme.load(from: file)
    let reason = await DashboardProgram(
      bus: bus, screen: screen, theme: theme, options: DashboardOptions(themeFolders: [folder])
    ).run()
    #expect(reason == .terminated(signal: 15))
    #expect(screen.titles == [RGB(0x111111), RGB(0x222222), RGB(0x444444)])
  }

  @Test("the menu lists themes that came since, and says what is wrong with other files")
  func menu() throws {
    var state = TestData.state()
    state.themeNames = ["Day", "Night"]
    let effects = Driver.type("T", on: &state)
    #expect(effects.contains { if case .listThemes = $0 { true } else { false } })
    Driver.press(.up, on: &state)
    #expect(state.themeName == "Day")
    Driver.apply(.themes(["Day", "Mine", "Night"], faults: ["x.toml:3: unknown key `fgg`"]), to: &state)
    let dialog = try #require(state.dialog)
    #expect(dialog.choices.map(\.text) == ["Day", "Mine", "Night"])
    #expect(dialog.choices[dialog.focused].text == "Day")
    #expect(dialog.lines.contains("x.toml:3: unknown key `fgg`"))
    Driver.press(.escape, on: &state)
    #expect(state.themeName == "Night")
  }

  @Test("a watched file has changed when it is another one, and not while it is away")
  func watch() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("a.toml")
    try "a".write(to: file, atomically: true, encoding: .utf8)
    var watched = WatchedFile(file)
    var changes = [watched.hasChanged()]
    try "ab".write(to: file, atomically: true, encoding: .utf8)
    changes += [watched.hasChanged(), watched.hasChanged()]
    try FileManager.default.removeItem(at: file)
    changes.append(watched.hasChanged())
    try "ab".write(to: file, atomically: true, encoding: .utf8)
    changes.append(watched.hasChanged())
    #expect(changes == [false, true, false, false, true])
  }
}
