import Foundation
import Terminal
import Testing

/// Every theme of the folder, as each depth shows it: what a terminal is told is what has to be legible.
@Suite struct ThemeContrastTests {
  /// Names by which people look for a palette.
  private static let wanted = [
    "Catppuccin Mocha", "Catppuccin Latte", "Dracula", "Nord", "Gruvbox Dark", "Gruvbox Light", "Solarized Dark",
    "Solarized Light", "Tokyo Night", "One Dark", "Monokai", "Rose Pine", "Everforest", "Kanagawa", "Okabe-Ito Dark",
    "Okabe-Ito Light",
  ]

  @Test func thePalettesThatPeopleLookForAreThere() throws {
    let names = Set(Theme.available(in: [ThemeTests.folder]).map(\.name))
    for name in Self.wanted { #expect(names.contains(name), "\(name)") }
    // Each is found by its file's name too, which `--theme` takes.
    for file in ThemeTests.files {
      let theme = try Theme.named(file.deletingPathExtension().lastPathComponent, in: [ThemeTests.folder])
      #expect(try theme == Theme.load(from: file))
      #expect(try Theme.named(theme.name.lowercased(), in: [ThemeTests.folder]) == theme)
    }
  }

  /// Text has 4.5, dim text and series 3, at truecolor, with the 256 entries and with the first 16 as xterm has them.
  @Test(arguments: ThemeTests.files, [ColorDepth.truecolor, .palette256, .palette16])
  func everyDepthIsLegible(file: URL, depth: ColorDepth) throws {
    let theme = try Theme.load(from: file)
    for key in ThemeKey.allCases {
      let least: Double
      switch key {
      case .bg, .selFg, .selBg, .border, .heatLo, .heatHi: continue
      case .fg, .title, .key, .focus, .ok, .warn, .bad, .live, .published: least = 4.5
      case .dim, .series1, .series2, .series3, .series4, .series5, .series6, .series7, .series8: least = 3
      }
      let shown = Rendition(Style(key), theme: theme, depth: depth)
      // The terminal's own text on its own background is its owner's choice.
      guard let ink = Self.rgb(shown.foreground) else { continue }
      let contrast = ColorScience.contrast(ink, Self.rgb(shown.background) ?? RGB(0x121212))
      #expect(contrast >= least, "\(theme.name) at \(depth.rawValue): \(key) has \(contrast)")
    }
  }

  @Test(arguments: ThemeTests.files, [ColorDepth.truecolor, .palette256])
  func theSelectedRowIsLegible(file: URL, depth: ColorDepth) throws {
    let theme = try Theme.load(from: file)
    let shown = Rendition(.selection, theme: theme, depth: depth)
    guard let ink = Self.rgb(shown.foreground), let row = Self.rgb(shown.background) else { return }
    let contrast = ColorScience.contrast(ink, row)
    #expect(contrast >= 4.5, "\(theme.name) at \(depth.rawValue): \(contrast)")
  }

  /// Right, doubtful and wrong are told apart whatever the vision.
  @Test(arguments: ["okabe-ito-dark", "okabe-ito-light"]) func statesAreToldApart(name: String) throws {
    let theme = try Theme.named(name, in: [ThemeTests.folder])
    #expect(theme.isColorblindSafe)
    let states = try [ThemeKey.ok, .warn, .bad].map { try #require(theme[$0].color.rgb) }
    for vision in ColorScience.Vision.allCases {
      for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let distance = ColorScience.distance(states[a], states[b], vision: vision)
        #expect(distance >= 28, "\(name) \(vision) \(a) \(b): \(distance)")
      }
    }
  }

  private static func rgb(_ color: TerminalColor) -> RGB? {
    switch color {
    case .default: nil
    case .indexed(let entry): Palette.rgb(entry)
    case .rgb(let value): value
    }
  }
}
