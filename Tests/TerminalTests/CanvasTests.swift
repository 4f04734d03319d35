import Terminal
import Testing

@Suite struct CanvasTests {
  @Test func putClipsAtBothEnds() {
    var canvas = Canvas(width: 6, height: 2)
    #expect(canvas.put("abcdefgh", x: 2, y: 0) == 4)
    #expect(canvas.put("xyz", x: -1, y: 1) == 3)
    #expect(canvas.put("no", x: 0, y: 2) == 0)
    #expect(canvas.put("no", x: 6, y: 0) == 0)
    #expect(canvas.text == ["  abcd", "yz    "])
  }

  @Test func putHonoursMaximumWidth() {
    var canvas = Canvas(width: 6, height: 1)
    #expect(canvas.put("abcdef", x: 1, y: 0, maxWidth: 3) == 3)
    #expect(canvas.text == [" abc  "])
    #expect(canvas.put("abc", x: 1, y: 0, maxWidth: -4) == 0)
  }

  @Test func textCannotCommandTheTerminal() {
    var canvas = Canvas(width: 12, height: 1)
    canvas.put("a\u{1b}[31m\u{7}\u{9b}b\tc\n", x: 0, y: 0)
    #expect(canvas.text == ["a?[31m??b c "])
    canvas.put("\u{202e}\u{200b}x", x: 0, y: 0)
    #expect(canvas[0, 0].character == "x")
  }

  @Test func wideCharactersTakeTwoCellsAndNeverStayHalf() {
    var canvas = Canvas(width: 6, height: 1)
    #expect(canvas.put("日本語", x: 1, y: 0) == 5)
    #expect(canvas.text == [" 日本 "])
    canvas.put("x", x: 2, y: 0)
    #expect(canvas.text == ["  x本 "])
    canvas.put("y", x: 3, y: 0)
    #expect(canvas.text == ["  xy  "])
  }

  /// Texts of single columns are counted and written scalar by scalar, all others character by character: no text may show the difference.
  @Test func textsAreAsWideAndLookAsTheirCharactersDo() {
    let pieces: [Character] = [
      "a", "7", " ", "…", "±", "⣿", "█", "▾", "●", "✓", "✗", "é", "e\u{301}", "α", "日", "⏰", "\u{ad}", "\t", "\u{1b}",
      "\r\n",
      "\u{200b}", "👩‍👩‍👧", "🇩🇪", "©", "⚠\u{fe0f}", "ก็", "◽", "µ", "‖",
    ]
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    func draw(_ count: Int) -> Int {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      return Int(random % UInt64(count))
    }
    for round in 0..<400 {
      // Half of them have nothing but single columns in them.
      let known = round.isMultiple(of: 2) ? 12 : pieces.count
      let characters = (0..<draw(14)).map { _ in pieces[draw(known)] }
      let text = String(characters)
      // What stands beside each other may be one character.
      let parts = text.map { String($0) }
      #expect(CharacterWidth.columns(text) == parts.reduce(0) { $0 + CharacterWidth.columns($1) }, "\(text)")
      var (whole, single) = (Canvas(width: 40, height: 1), Canvas(width: 40, height: 1))
      let x = draw(4)
      whole.put(text, x: x, y: 0, style: .dim)
      var column = x
      for part in parts { column += single.put(part, x: column, y: 0, style: .dim) }
      #expect(whole == single, "\(text)")
      for columns in 0...8 {
        let padded = text.padded(toColumns: columns)
        #expect(CharacterWidth.columns(padded) == columns, "\(text) to \(columns)")
      }
    }
  }

  @Test func aPartOfACanvasIsPutBackAsItWas() {
    var canvas = Canvas(width: 8, height: 3)
    canvas.put("日本", x: 2, y: 1, style: .title)
    canvas.put("x", x: 5, y: 2)
    let part = canvas.part(Rect(x: 1, y: 1, width: 6, height: 5))
    #expect(part.width == 6 && part.height == 2 && part.text == [" 日本 ", "    x "])
    var other = Canvas(width: 8, height: 3)
    other.put("old text", x: 0, y: 1)
    other.put(part, x: 1, y: 1)
    #expect(other.text == ["        ", "o 日本 t", "     x  "])
    #expect(other[2, 1] == canvas[2, 1])
  }

  @Test func combiningMarksAreLeftToTheirBase() {
    #expect(CharacterWidth.columns("e\u{301}a") == 2)
    #expect(CharacterWidth.columns("日é·") == 4)
    #expect(CharacterWidth.columns("✓●▲…±×─⣿") == 8)
  }

  @Test func frameCarriesTitlesOnBothEdges() {
    var canvas = Canvas(width: 24, height: 4)
    canvas.frame(canvas.bounds, title: "2 Modules", titleRight: "3/4 on", footerRight: "1-10/15")
    #expect(
      canvas.text == [
        "╭─ 2 Modules ─ 3/4 on ─╮",
        "│                      │",
        "│                      │",
        "╰──────────── 1-10/15 ─╯",
      ])
    #expect(canvas.styleLetters[0] == "bbTTTTTTTTTTTbddddddddbb")
  }

  @Test func narrowFramesGiveUpTheRightTitleFirst() {
    var canvas = Canvas(width: 16, height: 2)
    canvas.frame(canvas.bounds, title: "4 Loss", titleRight: "EMA .90 · log y", heavy: true)
    #expect(canvas.text[0] == "┏━ 4 Loss ━━━━━┓")
    #expect(canvas.styleLetters[0].first == "f")
    var tiny = Canvas(width: 1, height: 1)
    tiny.frame(tiny.bounds, title: "x")
    #expect(tiny.text == [" "])
    var short = Canvas(width: 10, height: 2)
    short.frame(short.bounds, title: "Parameters", glyphs: .glyphs(for: .ascii))
    #expect(short.text == ["+- Par> -+", "+--------+"])
  }

  @Test func rectanglesSplitWithoutOverlapOrLoss() {
    let rect = Rect(x: 3, y: 2, width: 10, height: 5)
    let (left, right) = rect.split(left: 4)
    #expect(left == Rect(x: 3, y: 2, width: 4, height: 5))
    #expect(right == Rect(x: 7, y: 2, width: 6, height: 5))
    let (top, bottom) = rect.split(bottom: 9)
    #expect(top.isEmpty && bottom == rect)
    #expect(rect.inset(6, 1).isEmpty)
    #expect(left.intersection(right).isEmpty)
    #expect(rect.row(4) == Rect(x: 3, y: 6, width: 10, height: 1))
    #expect(rect.row(5).isEmpty)
  }

  @Test func spansFollowEachOther() {
    var canvas = Canvas(width: 10, height: 1)
    let used = canvas.put([Span("ab", Style(.ok)), Span("cd", Style(.bad, bold: true))], x: 1, y: 0, maxWidth: 3)
    #expect(used == 3)
    #expect(canvas.text == [" abc      "])
    #expect(canvas.styleLetters == [".ooX......"])
  }

  @Test func selectionAndBlendsHaveLetters() {
    #expect(Style.selection.letter == "s")
    #expect(Style(foreground: .blend(.heatLo, .heatHi, 0.5)).letter == "h")
    #expect(Style(.ok).selected.background == .key(.selBg))
    #expect(Style.plain.selected.foreground == .key(.selFg))
    #expect(Ink.blend(.heatLo, .heatHi, .nan) == .key(.heatLo))
    #expect(Ink.blend(.heatLo, .heatHi, 7).fraction == 1)
  }

  /// A note that comes when the inside is drawn stands where it would have stood with the frame.
  @Test(arguments: [40, 24, 16, 12, 8, 6, 2]) func noteAfterwards(_ width: Int) {
    let rect = Rect(x: 1, y: 0, width: width, height: 3)
    for title in ["4 Loss", "5 Accuracy / latency", ""] {
      for note in ["EMA .90 · log y", "x", ""] {
        var whole = Canvas(width: 44, height: 3)
        whole.frame(rect, title: title, titleRight: note)
        var later = Canvas(width: 44, height: 3)
        later.frame(rect, title: title)
        later.note(note, on: rect, title: title)
        #expect(later == whole, "\(title), \(note)")
      }
    }
  }
}
