import Terminal
import Testing

@Suite struct TerminalCapabilitiesTests {
  func terminal(
    _ name: String, colors: Int = 256, rgb: Bool = false, extended: Bool = true, codeset: String = "UTF-8"
  ) -> TerminalCapabilities {
    TerminalCapabilities(name: name, colors: colors, hasRGB: rgb, hasExtendedPairs: extended, codeset: codeset)
  }

  @Test func depthComesFromTerminfoAlone() {
    #expect(terminal("xterm-256color").colorDepth == .palette256)
    #expect(terminal("xterm-direct", colors: 0x100_0000).colorDepth == .truecolor)
    #expect(terminal("x", colors: 0x100_0000, rgb: true).colorDepth == .truecolor)
    #expect(terminal("x", colors: 0x100_0000, rgb: true, extended: false).colorDepth == .palette256)
    #expect(terminal("linux", colors: 8).colorDepth == .palette16)
    #expect(terminal("vt100", colors: -1).colorDepth == .mono)
  }

  @Test func aWishOnlyLowers() {
    let terminal = terminal("xterm-256color")
    #expect(terminal.colorDepth(wish: .truecolor, noColor: nil) == .palette256)
    #expect(terminal.colorDepth(wish: .palette16, noColor: nil) == .palette16)
    #expect(terminal.colorDepth(wish: nil, noColor: "1") == .mono)
    #expect(terminal.colorDepth(wish: nil, noColor: "") == .palette256)
    #expect(terminal.colorDepth(wish: .palette16, noColor: "1") == .palette16)
    #expect(ColorDepth.parse("never") == .some(.mono))
    #expect(ColorDepth.parse("auto") == .some(nil))
    #expect(ColorDepth.parse("purple") == .none)
  }

  @Test func charactersFollowLocaleAndWidths() {
    let one: (Unicode.Scalar) -> Int = { _ in 1 }
    #expect(terminal("xterm").characterSet(wish: nil, columns: one) == .braille)
    #expect(terminal("xterm", codeset: "ANSI_X3.4-1968").characterSet(wish: nil, columns: one) == .ascii)
    #expect(terminal("xterm", codeset: "utf8").characterSet(wish: nil, columns: one) == .braille)
    #expect(terminal("linux", colors: 8).characterSet(wish: nil, columns: one) == .ascii)
    // Ambiguous widths (East Asian locales) count two.
    #expect(terminal("xterm").characterSet(wish: nil) { $0 == "●" ? 2 : 1 } == .ascii)
    #expect(terminal("xterm").characterSet(wish: nil) { (0x2800...0x28ff).contains($0.value) ? -1 : 1 } == .blocks)
    #expect(terminal("linux", colors: 8).characterSet(wish: .blocks, columns: one) == .blocks)
  }
}
