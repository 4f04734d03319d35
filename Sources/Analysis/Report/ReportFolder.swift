import Foundation
import Messages

/// A report as files: Markdown, one HTML page, JSON and CSV.
public enum ReportFolder {
  /// Writes into the folder, which is made where it is missing. All files are written beside first, so that a full disk leaves
  /// what was there, and no half of a report.
  ///
  /// - Returns: the files.
  /// - Throws: `StudyError` where it cannot be written: 74 for a full disk, else 73.
  @discardableResult
  public static func write(_ content: ReportContent, to folder: URL) throws -> [URL] {
    let sections = ReportSections.all(content)
    let texts = [
      ("report.md", MarkdownReport.text(sections)), ("report.html", HTMLReport.page(content, sections)),
      ("report.json", try JSONReport(content).text()), ("table.csv", CSVReport.table(content)),
      ("cells.csv", CSVReport.cells(content)), ("runs.csv", CSVReport.runs(content)),
      ("losses.csv", CSVReport.losses(content)),
    ]
    if let stranger = stranger(in: folder) {
      throw StudyError(
        "\(stranger) is no report of lorascope's, and would be lost: name another folder", exitStatus: 73)
    }
    let files = FileManager.default
    let isThere = files.fileExists(atPath: folder.path)
    // In the folder itself where it is there: its parent may belong to another person.
    let parent = isThere ? folder : folder.deletingLastPathComponent()
    let beside = parent.appending(
      path: ".lorascope-report.partial-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    do {
      try files.createDirectory(at: parent, withIntermediateDirectories: true)
      try files.createDirectory(at: beside, withIntermediateDirectories: false)
      for (name, text) in texts { try Data(text.utf8).write(to: beside.appendingPathComponent(name)) }
      if isThere {
        for (name, _) in texts {
          try replace(folder.appendingPathComponent(name), by: beside.appendingPathComponent(name))
        }
        try files.removeItem(at: beside)
      } else {
        try files.moveItem(at: beside, to: folder)
      }
    } catch {
      try? files.removeItem(at: beside)
      throw failure(error, folder)
    }
    return texts.map { folder.appendingPathComponent($0.0) }
  }

  /// How each of a report's files begins, of earlier versions too.
  private static let beginnings = [
    ("report.md", "# Which modules should carry LoRA adapters?"), ("report.html", "<!doctype html>"),
    ("report.json", "{\n  \"base\" : ["), ("table.csv", "origin,data,modality,"), ("cells.csv", "origin,data,targets,"),
    ("runs.csv", "run,model,data,"), ("losses.csv", "run,step,loss"),
  ]

  /// A file that a report would replace and that this program has not written.
  private static func stranger(in folder: URL) -> String? {
    for (name, beginning) in beginnings {
      let file = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      guard let handle = try? FileHandle(forReadingFrom: file) else { return file.path }
      defer { try? handle.close() }
      let bytes = (try? handle.read(upToCount: 2048)).flatMap { $0 } ?? Data()
      let isPage = name != "report.html" || bytes.range(of: Data("<title>lorascope".utf8)) != nil
      if !bytes.isEmpty, !bytes.starts(with: Data(beginning.utf8)) || !isPage { return file.path }
    }
    return nil
  }

  private static func replace(_ file: URL, by other: URL) throws {
    guard rename(other.path, file.path) == 0 else {
      throw CocoaError(
        errno == ENOSPC ? .fileWriteOutOfSpace : .fileWriteUnknown,
        userInfo: [
          NSLocalizedDescriptionKey: String(cString: strerror(errno))
        ])
    }
  }

  private static func failure(_ error: any Error, _ folder: URL) -> StudyError {
    if (error as? CocoaError)?.code == .fileWriteOutOfSpace {
      return StudyError("cannot write \(folder.path): no room left on its disk: free some", exitStatus: 74)
    }
    return StudyError("cannot write \(folder.path): \(error.localizedDescription)", exitStatus: 73)
  }
}
