import Foundation
import Terminal
import Testing

@Suite struct ThemeTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("themes").resolvingSymlinksInPath()

  static let files: [URL] = {
    let all = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return all.filter { $0.pathExtension == "toml" }.sorted { $0.path < $1.path }
  }()

  @Test func thereAreThemes() throws {
    #expect(Self.files.count >= 23)
    let names = Theme.available(in: [Self.folder]).map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.contains("Day") && names.contains("Mono") && names.contains("Night"))
    #expect(try Theme.named("slate", in: [Self.folder]).name == "Slate")
    #expect(throws: ThemeError.self) { try Theme.named("nope", in: [Self.folder]) }
  }

  /// A program that was moved without its folder has them all.
  @Test func themesAreCompiledIn() throws {
    let nowhere = [URL(fileURLWithPath: "/nonexistent")]
    func sorted(_ themes: [Theme]) -> [Theme] { themes.sorted { $0.name < $1.name } }
    #expect(sorted(Theme.available(in: nowhere)) == sorted(Theme.available(in: [Self.folder])))
    for file in Self.files {
      let stem = file.deletingPathExtension().lastPathComponent
      #expect(try Theme.named(stem, in: nowhere) == Theme.load(from: file), "\(stem) is not in EmbeddedThemes")
    }
    #expect(Theme.available(in: nowhere).first == .night)
    // A person's own file of the name goes before.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("themes-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("name = \"Nord\"\nok = \"#123456\"\n".utf8).write(to: folder.appendingPathComponent("nord.toml"))
    #expect(try Theme.named("nord", in: [folder])[.ok].color.rgb == RGB(0x123456))
    #expect(Theme.available(in: [folder]).first { $0.name == "Nord" }?[.ok].color.rgb == RGB(0x123456))
  }

  @Test func theFileOfTheBuiltInThemeSaysTheSame() throws {
    #expect(try Theme.load(from: Self.folder.appendingPathComponent("night.toml")) == .night)
  }

  @Test(arguments: files) func themesAreLegible(file: URL) throws {
    let theme = try Theme.load(from: file)
    // Themes with `default` are made for a near-black.
    let backdrop = theme[.bg].color.rgb ?? RGB(0x121212)
    for key in ThemeKey.allCases {
      guard let color = theme[key].color.rgb else { continue }
      let least: Double
      switch key {
      case .bg, .selBg, .border, .heatLo, .heatHi: continue
      case .selFg:
        let row = theme[.selBg].color.rgb ?? backdrop
        #expect(ColorScience.contrast(color, row) >= 4.5, "\(theme.name) \(key)")
        continue
      case .fg, .title, .key, .focus, .dim, .ok, .warn, .bad, .live, .published: least = 4.5
      default: least = 4
      }
      let contrast = ColorScience.contrast(color, backdrop)
      #expect(contrast >= least, "\(theme.name) \(key): \(contrast)")
    }
    if let low = theme[.heatLo].color.rgb, let high = theme[.heatHi].color.rgb {
      #expect(ColorScience.contrast(low, high) >= 3, "\(theme.name): heat")
    }
  }

  @Test(arguments: files) func safeThemesKeepTheirSeriesApart(file: URL) throws {
    let theme = try Theme.load(from: file)
    guard theme.isColorblindSafe else { return }
    for vision in ColorScience.Vision.allCases {
      for (index, first) in ThemeKey.series.enumerated() {
        for second in ThemeKey.series[..<index] {
          guard let a = theme[first].color.rgb, let b = theme[second].color.rgb else {
            Issue.record("\(theme.name): a series without a colour")
            continue
          }
          let distance = ColorScience.distance(a, b, vision: vision)
          #expect(distance >= 28, "\(theme.name) \(vision) \(first) \(second): \(distance)")
        }
      }
      guard theme.name == "Clear" else { continue }
      let states: [ThemeKey] = [.ok, .warn, .bad]
      for (index, first) in states.enumerated() {
        for second in states[..<index] {
          guard let a = theme[first].color.rgb, let b = theme[second].color.rgb else { continue }
          #expect(ColorScience.distance(a, b, vision: vision) >= 28, "\(vision) \(first) \(second)")
        }
      }
    }
  }

  @Test func missingKeysInherit() throws {
    let theme = try Theme.parse("name = \"Mine\"\nok = \"#00ff00\"\n", file: "mine.toml")
    #expect(theme.name == "Mine")
    #expect(theme[.ok].color == .rgb(RGB(0x00ff00)))
    #expect(theme[.bad] == Theme.night[.bad])
    #expect(!theme.isColorblindSafe)
  }

  @Test func tablesGiveLevels() throws {
    let theme = try Theme.parse(
      "[published]\nrgb = \"#af87ff\"\nc16 = \"bright-magenta\"\nmono = \"italic\"\n", file: "x.toml", fallbackName: "x"
    )
    #expect(theme.name == "x")
    #expect(theme[.published] == ThemeColor(color: .rgb(RGB(0xaf87ff)), c16: .brightMagenta, mono: .italic))
  }

  @Test(arguments: [
    ("# a theme\nfg = \"#ffffff\"\nfgg = \"#ffffff\"\n", 3, "unknown key `fgg`; did you mean `fg`?"),
    ("\nok = \"green\"\n", 2, "`ok` is \"green\"; it must be \"#rrggbb\" or \"default\""),
    ("ok = \"#ffffff\"\nseries9 = 3\n", 2, "unknown key `series9`; did you mean `series1`?"),
    ("live = 3\n", 1, "`live` must be \"#rrggbb\", \"default\" or a table with rgb, c16 and mono"),
    ("fg = \"#fff\"", 1, "`fg` is \"#fff\"; it must be \"#rrggbb\" or \"default\""),
    ("\n\nheat_lo = \"default\"", 3, "`heat_lo` needs \"#rrggbb\": gradients are computed"),
    ("bad = { rgb = \"#ff0000\", c8 = \"red\" }", 1, "unknown level `bad.c8`; there are rgb, c16 and mono"),
    ("name = 4", 1, "`name` must be a string"),
    ("colorblind_safe = \"yes\"", 1, "`colorblind_safe` must be true or false"),
  ])
  func errorsNameTheLine(text: String, line: Int, reason: String) {
    #expect(throws: ThemeError(file: "t.toml", line: line, reason: reason)) { try Theme.parse(text, file: "t.toml") }
  }

  @Test func brokenTOMLNamesTheLine() {
    let error = #expect(throws: ThemeError.self) { try Theme.parse("fg = \"#ffffff\"\nok = = 3\n", file: "t.toml") }
    #expect(error?.line == 2)
    #expect(error?.description.hasPrefix("t.toml:2: not TOML") == true)
    let missing = #expect(throws: ThemeError.self) { try Theme.load(from: URL(fileURLWithPath: "/nonexistent.toml")) }
    #expect(missing?.line == nil)
  }
}
