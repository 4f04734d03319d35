import Terminal
import Testing

@Suite struct BarTests {
  let braille = Glyphs.glyphs(for: .braille)
  let ascii = Glyphs.glyphs(for: .ascii)

  @Test func eighthBlocksFromACommonZero() {
    #expect(Bar.text(1, columns: 4, glyphs: braille) == "████")
    #expect(Bar.text(0.5, columns: 4, glyphs: braille) == "██")
    #expect(Bar.text(0.53125, columns: 4, glyphs: braille) == "██▏")
    #expect(Bar.text(0.9375, columns: 2, glyphs: braille) == "█▉")
    #expect(Bar.text(1e-9, columns: 4, glyphs: braille) == "▏")
    #expect(Bar.text(0, columns: 4, glyphs: braille) == "")
    #expect(Bar.text(.nan, columns: 4, glyphs: braille) == "")
    #expect(Bar.text(7, columns: 2, glyphs: braille) == "██")
    #expect(Bar.text(0.4, columns: 5, glyphs: ascii) == "##")
  }

  @Test func progressIsFullOnlyWhenDone() {
    #expect(Bar.progress(0.62, columns: 8, glyphs: braille) == "████░░░░")
    #expect(Bar.progress(0.999, columns: 8, glyphs: braille) == "███████░")
    #expect(Bar.progress(1, columns: 8, glyphs: ascii) == "########")
    #expect(Bar.progress(.nan, columns: 3, glyphs: ascii) == "...")
    #expect(Bar.progress(0.5, columns: 0, glyphs: ascii) == "")
  }

  @Test(arguments: Terminal.CharacterSet.allCases) func everyGlyphIsOneColumn(set: Terminal.CharacterSet) {
    let glyphs = Glyphs.glyphs(for: set)
    #expect(glyphs.markers.count == 8 && Set(glyphs.markers).count == 8)
    for child in Mirror(reflecting: glyphs).children {
      guard let character = child.value as? Character else { continue }
      #expect(CharacterWidth.columns(String(character)) == 1, "\(character)")
      if set == .ascii { #expect(character.isASCII, "\(character)") }
    }
  }
}
