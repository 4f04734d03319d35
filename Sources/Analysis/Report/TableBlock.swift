import Foundation
import Messages

/// The big table as Markdown, to stand in another document between two marks.
public enum TableBlock {
  static let begin = "<!-- lorascope report --table: begin -->"
  static let end = "<!-- lorascope report --table: end -->"

  /// The study's table, and the article's own in the same shape below it.
  public static func markdown(_ content: ReportContent) -> String {
    var blocks: [ReportSection.Block] = []
    if !content.isPublishedOnly {
      let table = BigTable(content.table)
      blocks += [.text(table.caption(content.table)), .rich(table.text())]
    }
    let published = BigTable(content.published.table)
    blocks += [.text(published.caption(content.published.table)), .rich(published.text())]
    return MarkdownReport.text(blocks)
  }

  /// The document with the block between its marks replaced.
  ///
  /// - Throws: `StudyError` where the marks are missing or in the wrong order.
  public static func replaced(in document: String, by markdown: String, name: String) throws -> String {
    guard let first = document.range(of: begin), let last = document.range(of: end), first.upperBound <= last.lowerBound
    else {
      throw StudyError(
        "\(name): it needs the line \(begin) and below it the line \(end); the table goes between them", exitStatus: 65)
    }
    return document[..<first.upperBound] + "\n" + markdown + document[last.lowerBound...]
  }
}
