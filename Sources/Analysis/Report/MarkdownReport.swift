import Recipe

/// The report as one Markdown document, without drawings.
public enum MarkdownReport {
  public static func text(_ content: ReportContent) -> String {
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
