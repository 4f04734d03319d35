import Terminal
import Testing

@Suite struct RenditionTests {
  func look(_ style: Style, _ depth: ColorDepth) -> Rendition { Rendition(style, theme: .night, depth: depth) }

  @Test func oneColourAtEachDepth() {
    let style = Style(.published)
    #expect(look(style, .truecolor).foreground == .rgb(RGB(0xaf87ff)))
    #expect(look(style, .palette256).foreground == .indexed(141))
    #expect(look(style, .palette16).foreground == .indexed(Palette16.brightMagenta.index))
    let mono = look(style, .mono)
    #expect(mono.foreground == .default && mono.italic && !mono.bold)
  }

  @Test func theTerminalsOwnBackgroundStays() {
    for depth in ColorDepth.allCases { #expect(look(.plain, depth).background == .default) }
  }

  @Test func selectionIsReversedFromSixteenColoursDown() {
    #expect(look(.selection, .palette256).background == .indexed(236))
    #expect(!look(.selection, .palette256).reverse)
    #expect(look(.selection, .palette16).reverse)
    #expect(look(.selection, .mono).reverse)
    var twice = Style.selection
    twice.reverse = true
    #expect(!look(twice, .mono).reverse)
  }

  @Test func gradients() {
    let middle = Style(foreground: .blend(.heatLo, .heatHi, 1))
    #expect(look(middle, .truecolor).foreground == .rgb(RGB(0xffd75f)))
    #expect(look(middle, .palette256).foreground == .indexed(221))
    #expect(look(Style(foreground: .blend(.heatLo, .heatHi, 0.1)), .palette16).foreground == .indexed(4))
    #expect(look(middle, .mono).bold)
  }

  @Test func thePaletteIsItsOwnNearest() {
    for entry in 16..<256 {
      let nearest = Palette.nearest256(Palette.rgb(entry))
      // Some greys are in the cube too.
      #expect(Palette.rgb(nearest) == Palette.rgb(entry))
    }
    #expect(Palette.nearest256(RGB(0x121212)) == 233)
    #expect(Palette.nearest16(RGB(0xfe0101)) == .brightRed)
  }

  @Test func contrastAndDistanceAreTheStandardOnes() {
    #expect(abs(ColorScience.contrast(RGB(0), RGB(0xffffff)) - 21) < 1e-9)
    #expect(abs(ColorScience.contrast(RGB(0x777777), RGB(0xffffff)) - 4.478) < 0.001)
    #expect(abs(ColorScience.distance(RGB(0), RGB(0xffffff)) - 100) < 0.01)
    // sRGB red against green (Lindbloom's calculator: ΔE 1976 = 170.6).
    #expect(abs(ColorScience.distance(RGB(0xff0000), RGB(0x00ff00)) - 170.6) < 0.2)
    #expect(
      ColorScience.distance(RGB(0xff0000), RGB(0x00ff00), vision: .deutan)
        < ColorScience.distance(RGB(0xff0000), RGB(0x00ff00)))
  }

  @Test func hexColours() {
    #expect(RGB(hex: "#5fd7FF")?.value == 0x5fd7ff)
    for bad in ["5fd7ff", "#5fd7f", "#5fd7fg", "#+12345", "", "#５fd7f"] { #expect(RGB(hex: bad) == nil) }
  }
}
