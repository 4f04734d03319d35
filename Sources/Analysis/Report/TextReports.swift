import Recipe

/// The report as one page that needs neither scripts nor the network, in the reader's light or dark.
package enum HTMLReport {
  package static func page(_ content: ReportContent) -> String { page(content, ReportSections.all(content)) }

  static func page(_ content: ReportContent, _ sections: [ReportSection]) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>lorascope: \(escaped(content.isPublishedOnly ? "published study" : content.table.baseModel))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    \(sections.map(section).joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private static func section(_ section: ReportSection) -> String {
    var text = "<section>\n<h\(section.level)>\(escaped(section.title))</h\(section.level)>\n"
    for block in section.blocks {
      switch block {
      case .text(let line): text += "<p>\(escaped(line))</p>\n"
      case .list(let items): text += "<ul>\(items.map { "<li>\(escaped($0))</li>" }.joined())</ul>\n"
      case .table(let rows), .rich(let rows): text += table(rows, isPublished: false)
      case .published(let rows): text += table(rows, isPublished: true)
      case .drawing(let svg, let caption):
        text += "<figure>\(svg)<figcaption>\(escaped(caption))</figcaption></figure>\n"
      }
    }
    return text + "</section>"
  }

  private static func table(_ rows: [[String]], isPublished: Bool) -> String {
    guard let head = rows.first else { return "" }
    var text = "<div class=\"wide\"><table\(isPublished ? " class=\"published\"" : "")>\n<thead><tr>"
    text += head.map { "<th scope=\"col\"\(mark($0))>\(escaped($0))</th>" }.joined() + "</tr></thead>\n<tbody>\n"
    for row in rows.dropFirst() {
      text += "<tr>"
      for (place, cell) in row.enumerated() {
        let kind = place == 0 ? "th scope=\"row\"" : "td"
        let column = place < head.count ? head[place] : ""
        let absent = cell == ReportSections.notRun || cell == ReportSections.notMeasured
        text += "<\(kind)\(absent ? " class=\"absent\"" : mark(column))>\(bold(escaped(cell)))</\(kind.prefix(2))>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody></table></div>\n"
  }

  private static func bold(_ text: String) -> String {
    text.hasPrefix("**") && text.hasSuffix("**") && text.count > 4
      ? "<strong>\(text.dropFirst(2).dropLast(2))</strong>" : text
  }

  /// Columns of published figures are set apart.
  private static func mark(_ column: String) -> String { column.hasPrefix("published") ? " class=\"published\"" : "" }

  static func escaped(_ text: String) -> String {
    OneLine.lines(text).reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }

  private static let style = """
    :root { color-scheme: light dark; --bg: #ffffff; --fg: #1c1c1c; --dim: #666666; --rule: #d0d0d0; --published: #6a3fc0;
      --s0: #1f3fbf; --s1: #b03a00; --s2: #2f7d00; --s3: #a3007f; --s4: #7a5c00; --s5: #00757a; --s6: #8f1d1d; --s7: #444444; }
    @media (prefers-color-scheme: dark) {
      :root { --bg: #121212; --fg: #e0e0e0; --dim: #9a9a9a; --rule: #3a3a3a; --published: #b79aff;
        --s0: #8fa8ff; --s1: #ff9a5f; --s2: #8fdc5a; --s3: #ff8fe0; --s4: #e0c060; --s5: #5fdfe4; --s6: #ff8f8f; --s7: #c8c8c8; } }
    body { background: var(--bg); color: var(--fg); font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto;
      padding: 0 1rem; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; margin: 0.75rem 0; }
    th, td { border-bottom: 1px solid var(--rule); padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; }
    .published { color: var(--published); font-style: italic; }
    .absent { color: var(--dim); font-style: italic; }
    figure { margin: 1.5rem 0; } figcaption { color: var(--dim); font-size: 0.85rem; }
    svg { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; }
    svg text { fill: var(--fg); } svg .axis { stroke: var(--dim); fill: none; } svg .grid { stroke: var(--rule); fill: none; }
    svg .c0 { --c: var(--s0); } svg .c1 { --c: var(--s1); } svg .c2 { --c: var(--s2); } svg .c3 { --c: var(--s3); }
    svg .c4 { --c: var(--s4); } svg .c5 { --c: var(--s5); } svg .c6 { --c: var(--s6); } svg .c7 { --c: var(--s7); }
    svg .line { stroke: var(--c); fill: none; stroke-width: 1.5; } svg .bar { stroke: var(--dim); }
    svg text.name { fill: var(--c); } svg .front { fill: var(--fg); stroke: var(--fg); }
    svg .hit { fill: var(--s0); } svg .part { fill: var(--s0); opacity: 0.45; }
    svg .energy { fill: var(--s1); } svg .histogram { fill: var(--s0); } svg .histogram.base { fill: var(--dim); }
    svg .other { fill: var(--bg); stroke: var(--fg); stroke-width: 1.5; } svg .stair { stroke: var(--fg); fill: none; stroke-dasharray: 4 3; }
    """
}

/// The report as one Markdown document, without drawings.
package enum MarkdownReport {
  package static func text(_ content: ReportContent) -> String {
    text(ReportSections.all(content))
  }

  static func text(_ sections: [ReportSection]) -> String { sections.map(section).joined(separator: "\n") }

  private static func section(_ section: ReportSection) -> String {
    String(repeating: "#", count: section.level) + " " + escaped(section.title) + "\n" + text(section.blocks)
  }

  /// Blocks without a title, each after an empty line.
  static func text(_ blocks: [ReportSection.Block]) -> String {
    blocks.reduce(into: "") { text, block in
      switch block {
      case .text(let line): text += "\n" + escaped(line) + "\n"
      case .list(let items): text += "\n" + items.map { "- " + escaped($0) + "\n" }.joined()
      case .table(let rows): text += table(rows, escaped)
      // Names of a person's files are in a table's first column; stars are ours.
      case .rich(let rows), .published(let rows): text += table(rows) { escaped($0).replacing("\\*\\*", with: "**") }
      case .drawing: break
      }
    }
  }

  private static func table(_ rows: [[String]], _ cell: (String) -> String) -> String {
    guard let head = rows.first else { return "" }
    func line(_ cells: [String]) -> String { "| " + cells.map(cell).joined(separator: " | ") + " |\n" }
    return "\n" + line(head) + "|" + String(repeating: " --- |", count: head.count) + "\n"
      + rows.dropFirst().map(line).joined()
  }

  /// What a name of a person's file must not be able to start.
  private static func escaped(_ text: String) -> String {
    OneLine.text(text).reduce(into: "") { result, character in
      switch character {
      case "|", "\\", "<", "`", "*": result += "\\" + String(character)
      default: result.append(character)
      }
    }
  }
}
