import Foundation
import Terminal
import Testing

/// Pictures in terminals that show them: what they are sent, and what lies over a picture.
@Suite struct PictureTests {
  /// Four quarters of one colour each.
  private func canvas() -> Canvas {
    var canvas = Canvas(width: 10, height: 6)
    let pixels: [UInt32] = (0..<64).map { [0xff0000, 0x00ff00, 0x0000ff, 0xffffff][$0 / 32 * 2 + $0 % 8 / 4] }
    canvas.place(pixels, width: 8, in: Rect(x: 2, y: 1, width: 4, height: 2))
    return canvas
  }

  @Test func cellsStandForIt() {
    let canvas = canvas()
    #expect(canvas.text == ["          ", "  ▀▀▀▀    ", "  ▀▀▀▀    ", "          ", "          ", "          "])
    #expect(canvas[2, 1].style == Style(foreground: .rgb(RGB(0xff0000)), background: .rgb(RGB(0xff0000))))
    #expect(canvas[5, 2].style == Style(foreground: .rgb(RGB(0xffffff)), background: .rgb(RGB(0xffffff))))
    #expect(canvas.uncoveredPictures.map(\.rect) == [Rect(x: 2, y: 1, width: 4, height: 2)])
    // Outside of the canvas it is no picture, and of no pixels neither.
    var small = Canvas(width: 4, height: 4)
    small.place([1, 2, 3, 4], width: 2, in: Rect(x: 3, y: 0, width: 2, height: 1))
    small.place([], width: 0, in: small.bounds)
    small.place([1, 2], width: 3, in: small.bounds)
    #expect(small.uncoveredPictures.isEmpty && small.text.allSatisfy { $0 == "    " })
  }

  /// A terminal shows pictures over its cells: what was drawn there later would not be seen.
  @Test func whatLiesOverAPictureHidesIt() {
    var canvas = canvas()
    canvas.put("x", x: 5, y: 2)
    #expect(canvas.uncoveredPictures.isEmpty)
  }

  @Test func piecesAreShort() throws {
    var canvas = Canvas(width: 80, height: 24)
    let pixels = (0..<100 * 50).map { UInt32($0) }
    canvas.place(pixels, width: 100, in: Rect(x: 10, y: 2, width: 20, height: 5))
    let picture = try #require(canvas.uncoveredPictures.first)
    let text = KittyGraphics.show(picture, number: 9)
    #expect(text.hasPrefix("\u{1b}7\u{1b}[3;11H\u{1b}_Ga=T,f=24,s=100,v=50,i=9,p=1,c=20,r=5,C=1,q=2,m=1;"))
    #expect(text.hasSuffix("\u{1b}\\\u{1b}8"))
    var bytes = Data()
    let pieces = text.components(separatedBy: "\u{1b}_G").dropFirst()
    for (place, piece) in pieces.enumerated() {
      let (keys, rest) = try #require(piece.split(separator: ";", maxSplits: 1).pair)
      let data = try #require(rest.components(separatedBy: "\u{1b}\\").first)
      #expect(data.utf8.count <= 4096 && keys.hasSuffix(place == pieces.count - 1 ? "m=0" : "m=1"))
      bytes += try #require(Data(base64Encoded: data))
    }
    #expect(bytes.count == 3 * pixels.count && Array(bytes.suffix(3)) == [0, 0x13, 0x87])
  }

  /// Nothing is sent twice; what goes is taken away; what a terminal has lost is sent again.
  @Test func onlyChangesAreSent() {
    var shown = ShownPictures()
    let pictures = canvas().uncoveredPictures
    let first = shown.change(to: pictures, isErased: true)
    #expect(first.contains("a=T") && !first.contains("a=d"))
    #expect(shown.change(to: pictures, isErased: false).isEmpty)
    let again = shown.change(to: pictures, isErased: true)
    #expect(again.contains("a=d,d=I") && again.contains("a=T"))
    let gone = shown.change(to: [], isErased: false)
    #expect(gone.contains("a=d,d=I") && !gone.contains("a=T"))
    #expect(shown.change(to: [], isErased: true).isEmpty)
  }

  /// A picture that moves, or that comes back soon, is in the terminal's memory already; that holds eight and no more.
  @Test func pixelsAreSentOnce() {
    func picture(_ color: UInt32, x: Int) -> [PlacedPicture] {
      var canvas = Canvas(width: 40, height: 12)
      canvas.place([UInt32](repeating: color, count: 64), width: 8, in: Rect(x: x, y: 1, width: 4, height: 2))
      return canvas.uncoveredPictures
    }
    var shown = ShownPictures()
    func change(_ wanted: [PlacedPicture]) -> String { shown.change(to: wanted, isErased: false) }
    func number(_ text: String) -> Substring? { text.split(separator: "i=").dropFirst().first?.prefix { $0.isNumber } }
    let first = change(picture(1, x: 0))
    let moved = change(picture(1, x: 9))
    #expect(moved.contains("\u{1b}[2;10H\u{1b}_Ga=p,") && !moved.contains("a=T") && !moved.contains("a=d"))
    #expect(number(moved) == number(first) && number(first) != nil)
    // The next one in its place, and back.
    let next = change(picture(2, x: 9))
    #expect(next.contains("a=d,d=i,") && next.contains("a=T"))
    let back = change(picture(1, x: 9))
    #expect(back.contains("a=p,") && !back.contains("a=T"))
    // Two that look alike, of which one goes.
    let both = picture(1, x: 9) + picture(1, x: 20)
    #expect(change(both).components(separatedBy: "a=T").count == 2)
    let rest = change([both[1]])
    #expect(rest.contains("a=d,d=i,") && !rest.contains("a=p") && !rest.contains("a=T"))
    // The ninth takes the oldest out of the memory, and so on; then nothing of any is left.
    var removed = 0
    for color in 10..<22 { removed += change(picture(UInt32(color), x: 0)).components(separatedBy: "d=I").count - 1 }
    #expect(removed == 7)
    #expect(change([]).components(separatedBy: "d=I").count - 1 == 8)
  }

  @Test(arguments: [
    (["TERM": "xterm-kitty"], true), (["TERM": "xterm-ghostty"], true),
    (["TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"], true), (["TERM": "xterm-256color"], false),
    (["TERM": "tmux-256color", "TERM_PROGRAM": "ghostty"], false),
    (["TERM": "xterm-kitty", "TMUX": "/tmp/t,1,0"], false), (["TERM": "xterm-kitty", "STY": "1.a"], false),
    ([:], false),
  ])
  func whoIsAsked(_ environment: [String: String], _ isSpoken: Bool) {
    #expect(KittyGraphics.isSpoken(environment) == isSpoken)
  }
}

extension [Substring] {
  fileprivate var pair: (Substring, Substring)? { count == 2 ? (self[0], self[1]) : nil }
}
