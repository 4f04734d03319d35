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

  @Test func aPicturesPixelIsItselfOrTheNearestThereIs() {
    let style = Style(foreground: .rgb(RGB(0x00d75e)), background: .rgb(RGB(0x000000)))
    #expect(look(style, .truecolor).foreground == .rgb(RGB(0x00d75e)))
    #expect(look(style, .truecolor).background == .rgb(RGB(0x000000)))
    #expect(look(style, .palette256).foreground == .indexed(41))
    #expect(look(style, .palette16).foreground == .indexed(Palette16.green.index))
    #expect(look(style, .palette16).background == .indexed(Palette16.black.index))
    #expect(look(style, .mono) == look(.plain, .mono))
    #expect(Style(foreground: .rgb(RGB(0))).letter == "i" && Ink.rgb(RGB(0x123456)).rgb == RGB(0x123456))
    #expect(Ink.key(.series8).rgb == nil && Ink.blend(.heatLo, .heatHi, 1).rgb == nil)
  }

  @Test func halfBlocksHoldTwoPixelsInACell() {
    var canvas = Canvas(width: 4, height: 3)
    // Three rows of two pixels: the last cell has the theme's ground below.
    HalfBlocks.draw(
      [0xff0000, 0x00ff00, 0x0000ff, 0xffffff, 0x111111, 0x222222], width: 2,
      in: Rect(x: 1, y: 1, width: 3, height: 2), on: &canvas)
    #expect(canvas.text == ["    ", " ▀▀ ", " ▀▀ "] && HalfBlocks.rows(3) == 2)
    #expect(canvas[1, 1].style == Style(foreground: .rgb(RGB(0xff0000)), background: .rgb(RGB(0x0000ff))))
    #expect(canvas[2, 2].style == Style(foreground: .rgb(RGB(0x222222)), background: .key(.bg)))
    HalfBlocks.draw([1, 2, 3], width: 0, in: canvas.bounds, on: &canvas)
    HalfBlocks.draw([1, 2, 3, 4], width: 2, in: Rect(x: 3, y: 2, width: 9, height: 9), on: &canvas)
    #expect(canvas.text == ["    ", " ▀▀ ", " ▀▀▀"])
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
