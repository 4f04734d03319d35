/// The report as one Markdown document, without drawings.
public enum MarkdownReport {
  public static func text(_ content: ReportContent) -> String {
    ReportSections.all(content).map(section).joined(separator: "\n")
  }

  private static func section(_ section: ReportSection) -> String {
    var text = String(repeating: "#", count: section.level) + " " + escaped(section.title) + "\n"
    for block in section.blocks {
      switch block {
      case .text(let line): text += "\n" + escaped(line) + "\n"
      case .list(let items): text += "\n" + items.map { "- " + escaped($0) + "\n" }.joined()
      case .table(let rows):
        guard let head = rows.first else { continue }
        text += "\n" + line(head) + "|" + String(repeating: " --- |", count: head.count) + "\n"
        text += rows.dropFirst().map(line).joined()
      case .drawing: continue
      }
    }
    return text
  }

  private static func line(_ cells: [String]) -> String {
    "| " + cells.map(escaped).joined(separator: " | ") + " |\n"
  }

  /// What a name of a person's file must not be able to start.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "|", "\\", "<", "`", "*": result += "\\" + String(character)
      case _ where character.isNewline: result += " "
      default: result.append(character)
      }
    }
  }
}
