import Terminal

/// A screen as an SVG picture: the cells that a terminal would be told, in a theme's colours, each character at its own place so that every
/// font keeps the columns.
package enum CanvasSVG {
  private static let cell = (width: 8.4, height: 18.0)
  private static let margin = 12.0

  package static func text(_ canvas: Canvas, theme: Theme, title: String) -> String {
    let width = Double(canvas.width) * cell.width + 2 * margin
    let height = Double(canvas.height) * cell.height + 2 * margin
    let ground = theme[.bg].color.rgb ?? RGB(0x121212)
    let ink = theme[.fg].color.rgb ?? RGB(0xd0d0d0)
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(f(width)) \(f(height))" role="img" \
      font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">
      <title>\(ChartSVG.escaped(title))</title>
      <rect width="\(f(width))" height="\(f(height))" rx="8" fill="\(hex(ground))"/>

      """
    for y in 0..<canvas.height {
      for run in runs(canvas, y, theme: theme) {
        let background = run.background ?? ground
        if background != ground {
          svg += """
            <rect x="\(f(left(run.start)))" y="\(f(margin + Double(y) * cell.height))" \
            width="\(f(Double(run.columns) * cell.width))" height="\(f(cell.height))" fill="\(hex(background))"/>

            """
        }
        for word in run.words {
          let places = word.map { f(left($0.column)) }.joined(separator: " ")
          let text = String(String.UnicodeScalarView(word.map(\.scalar)))
          svg += """
            <text x="\(places)" y="\(f(margin + (Double(y) + 0.75) * cell.height))" fill="\(hex(run.ink ?? ink))"\
            \(run.bold ? " font-weight=\"bold\"" : "")\(run.italic ? " font-style=\"italic\"" : "")>\(ChartSVG.escaped(text))</text>

            """
        }
      }
    }
    return svg + "</svg>\n"
  }

  /// Neighbouring cells that look alike; their blanks take no character.
  private struct Run {
    var start: Int
    var columns: Int
    var characters: [(column: Int, scalar: Unicode.Scalar)]
    var ink: RGB?
    var background: RGB?
    var bold: Bool
    var italic: Bool

    /// Characters side by side: renderers that know one place of a text alone have each word where it belongs.
    var words: [[(column: Int, scalar: Unicode.Scalar)]] {
      characters.reduce(into: []) { words, character in
        if let last = words.last?.last, last.column + 1 == character.column {
          words[words.count - 1].append(character)
        } else {
          words.append([character])
        }
      }
    }
  }

  private static func runs(_ canvas: Canvas, _ y: Int, theme: Theme) -> [Run] {
    var runs: [Run] = []
    var style: Style?
    for x in 0..<canvas.width {
      let cell = canvas[x, y]
      if style != cell.style {
        style = cell.style
        let shown = Rendition(cell.style, theme: theme, depth: .truecolor)
        var ink = rgb(shown.foreground)
        var background = rgb(shown.background)
        if shown.reverse {
          (ink, background) = (
            background ?? theme[.bg].color.rgb ?? RGB(0x121212), ink ?? theme[.fg].color.rgb ?? RGB(0xd0d0d0)
          )
        }
        runs.append(
          Run(
            start: x, columns: 0, characters: [], ink: ink, background: background, bold: shown.bold,
            italic: shown.italic))
      }
      runs[runs.count - 1].columns += 1
      guard cell.scalar != Cell.continuation, cell.scalar != " " else { continue }
      runs[runs.count - 1].characters.append((x, cell.scalar))
    }
    return runs
  }

  private static func rgb(_ color: TerminalColor) -> RGB? {
    switch color {
    case .default: nil
    case .indexed(let entry): Palette.rgb(entry)
    case .rgb(let value): value
    }
  }

  private static func left(_ column: Int) -> Double { margin + Double(column) * cell.width }

  private static func f(_ value: Double) -> String {
    let text = NumberFormat.fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func hex(_ color: RGB) -> String {
    let digits = String(color.value, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}
