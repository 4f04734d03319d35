import Dashboard
import Messages
import Terminal
import Testing

@Suite("Pictures of the screen")
struct PictureTests {
  @Test("every character is in the picture at its own column, with its colour")
  func cells() throws {
    var canvas = Canvas(width: 6, height: 2)
    canvas.put("a<b", x: 1, y: 0)
    canvas.put("⣿", x: 5, y: 1, style: Style(.bad, bold: true))
    let svg = CanvasSVG.text(canvas, theme: .night, title: "a & b")
    #expect(svg.contains("<title>a &amp; b</title>"))
    #expect(svg.contains("<text x=\"20.4 28.8 37.2\" y=\"25.5\" fill=\"#d0d0d0\">a&lt;b</text>"))
    #expect(svg.contains("<text x=\"54\" y=\"43.5\" fill=\"#ff5f5f\" font-weight=\"bold\">⣿</text>"))
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
  }

  @Test("a selected row has its ground, a reversed cell both colours the other way round")
  func grounds() {
    var canvas = Canvas(width: 3, height: 1)
    canvas.put("x", x: 0, y: 0, style: Style.plain.selected)
    var reversed = Style(.warn)
    reversed.reverse = true
    canvas.put("y", x: 2, y: 0, style: reversed)
    let svg = CanvasSVG.text(canvas, theme: .night, title: "")
    #expect(svg.contains("fill=\"#303030\"/>"))
    #expect(svg.contains("fill=\"#ffaf00\"/>") && svg.contains("fill=\"#121212\">y</text>"))
  }

  @Test("a whole screen is one picture, and the same screen is the same picture")
  func screen() {
    let state = TestData.state()
    let canvas = Render.screen(state)
    let svg = CanvasSVG.text(canvas, theme: .night, title: "lorascope")
    #expect(svg == CanvasSVG.text(Render.screen(state), theme: .night, title: "lorascope"))
    #expect(svg.utf8.count < 400_000)
    let shown = canvas.text.joined().unicodeScalars.count { $0 != " " }
    let placed = svg.split(separator: "<text x=\"").dropFirst().reduce(0) { sum, part in
      sum + (part.split(separator: "\"").first?.split(separator: " ").count ?? 0)
    }
    #expect(placed == shown)
  }

  @Test("a picture is taken when a replay has come to its place and nothing moves any more")
  func replay() throws {
    var shown: [String] = []
    let screen = PictureScreen(size: ScreenSize(columns: 60, rows: 16), keys: "z", pausesAt: 40) { canvas, _ in
      shown = canvas.text
    }
    func frame(_ header: String) -> Canvas {
      var canvas = Canvas(width: 60, height: 16)
      canvas.put(header, x: 0, y: 0)
      return canvas
    }
    screen.present(frame("lorascope  1 running · REPLAY ×60 12 %"), theme: .night)
    #expect(screen.nextKey(timeoutMilliseconds: 10) == nil)
    screen.present(frame("lorascope  1 running · REPLAY ×60 41 %"), theme: .night)
    #expect(screen.nextKey(timeoutMilliseconds: 0) == nil)
    #expect(screen.nextKey(timeoutMilliseconds: 10) == .character("P"))
    screen.present(frame("lorascope  REPLAY paused 41 %"), theme: .night)
    var keys: [Key] = []
    for _ in 0..<80 where keys.count < 2 {
      if let key = screen.nextKey(timeoutMilliseconds: 10) { keys.append(key) }
    }
    #expect(keys == [.character("z"), .signal(15)])
    #expect(shown.first?.contains("paused 41 %") == true)
  }
}
