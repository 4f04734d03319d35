import Terminal
import Testing

@Suite struct KeyDecoderTests {
  func keys(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8) + decoder.flush()
  }

  @Test(arguments: [
    ("a", Key.character("a")), ("é", .character("é")), ("日", .character("日")), ("\r", .enter), ("\n", .enter),
    ("\t", .tab), ("\u{7f}", .backspace), ("\u{8}", .backspace), ("\u{3}", .control("c")), ("\u{1a}", .control("z")),
    ("\u{0}", .control(" ")), ("\u{1b}", .escape), ("\u{1b}[A", .up), ("\u{1b}OB", .down), ("\u{1b}[1;5C", .right),
    ("\u{1b}[H", .home), ("\u{1b}[4~", .end), ("\u{1b}[3~", .delete), ("\u{1b}[5~", .pageUp), ("\u{1b}[6~", .pageDown),
    ("\u{1b}[Z", .backTab), ("\u{1b}OP", .function(1)), ("\u{1b}[15~", .function(5)), ("\u{1b}[[A", .function(1)),
    ("\u{1b}[24~", .function(12)), ("\u{1b}x", .alt("x")), ("\u{1b}[I", .focusGained), ("\u{1b}[99;5u", .control("c")),
    ("\u{1b}[27u", .escape),
  ])
  func singleKeys(bytes: String, key: Key) { #expect(keys(bytes) == [key]) }

  @Test func sequencesMayArriveByteByByte() {
    var decoder = KeyDecoder()
    var found: [Key] = []
    for byte in "\u{1b}[1;2Zé\u{1b}[5~q".utf8 { found += decoder.feed([byte]) }
    #expect(found == [.backTab, .character("é"), .pageUp, .character("q")])
    #expect(!decoder.isPending)
  }

  @Test func aLoneEscapeWaitsForTheFlush() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1b]).isEmpty)
    #expect(decoder.isPending)
    #expect(decoder.flush() == [.escape])
    #expect(!decoder.isPending)
    #expect(keys("\u{1b}\u{1b}[A") == [.escape, .up])
  }

  @Test func pastesAreTextAndNeverKeys() {
    #expect(keys("\u{1b}[200~rm -rf\r\u{1b}[Aq\u{1b}[201~x") == [.paste("rm -rf\r\u{1b}[Aq"), .character("x")])
    var decoder = KeyDecoder()
    #expect(decoder.feed("\u{1b}[200~ab\u{1b}[20".utf8).isEmpty)
    #expect(decoder.flush().isEmpty)
    #expect(decoder.feed("1~".utf8) == [.paste("ab")])
  }

  @Test func mouseReports() {
    #expect(keys("\u{1b}[<0;10;5M") == [.mouse(MouseEvent(.press, .left, x: 9, y: 4))])
    #expect(keys("\u{1b}[<2;1;1m") == [.mouse(MouseEvent(.release, .right, x: 0, y: 0))])
    #expect(keys("\u{1b}[<36;3;4M") == [.mouse(MouseEvent(.drag, .left, x: 2, y: 3, shift: true))])
    #expect(keys("\u{1b}[<64;3;4M") == [.mouse(MouseEvent(.wheelUp, .none, x: 2, y: 3))])
    #expect(keys("\u{1b}[<65;3;4M") == [.mouse(MouseEvent(.wheelDown, .none, x: 2, y: 3))])
    // Sideways wheels, bare motion and nonsense are nothing.
    #expect(keys("\u{1b}[<66;3;4M\u{1b}[<35;3;4M\u{1b}[<;;M").isEmpty)
  }

  @Test func nonsenseIsDroppedAndWhatFollowsCounts() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0xff, 0xc3, 0x41]) == [.character("A")])
    #expect(keys("\u{1b}[?1;2cq") == [.character("q")])
    #expect(keys("\u{1b}[12\u{1b}[A") == [.up])
    let flood = decoder.feed([0x1b, 0x5b] + [UInt8](repeating: 0x31, count: 500)) + decoder.flush()
    #expect(!flood.contains(.escape))
    #expect(decoder.feed([0x71]) == [.character("q")])
  }

  @Test func theTerminalsOwnSequencesComeFirst() {
    var decoder = KeyDecoder(sequences: [Array("\u{1b}[7$".utf8): .home])
    #expect(decoder.feed("\u{1b}[7$".utf8) == [.home])
  }
}
