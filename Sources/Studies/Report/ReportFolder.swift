import Foundation
import Messages

/// A report as files: Markdown, one HTML page, JSON and CSV.
public enum ReportFolder {
  /// Writes into the folder, which is made where it is missing.
  ///
  /// - Returns: the files.
  /// - Throws: `StudyError` where it cannot be written.
  @discardableResult
  public static func write(_ content: ReportContent, to folder: URL) throws -> [URL] {
    let files = [
      ("report.md", MarkdownReport.text(content)), ("report.html", HTMLReport.page(content)),
      ("report.json", try JSONReport(content).text()), ("table.csv", CSVReport.table(content)),
      ("cells.csv", CSVReport.cells(content)), ("runs.csv", CSVReport.runs(content)),
      ("losses.csv", CSVReport.losses(content)),
    ]
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      return try files.map { name, text in
        let url = folder.appendingPathComponent(name)
        try Data(text.utf8).write(to: url, options: .atomic)
        return url
      }
    } catch {
      throw StudyError("cannot write \(folder.path): \(error.localizedDescription)", exitStatus: 73)
    }
  }
}
