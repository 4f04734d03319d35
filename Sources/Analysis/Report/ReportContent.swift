import Foundation
import Messages
import Recipe

/// Everything that a report says, before it is written in one form or another.
package struct ReportContent: Sendable {
  package var table: StudyTable
  /// The runs of the study, in order of id.
  package var runs: [RunSummary]
  /// Finished runs that were not taken, with the reason.
  package var leftOut: [String]
  package var pruned: [RunSummary]
  package var published: PublishedStudy
  package var findings: [Finding]
  package var publishedFindings: [Finding]
  package var prose: [ProseCheck]
  package var advice: [Recommendation]
  package var adviceByPart: [Recommendation]
  package var publishedAdvice: [Recommendation]
  package var tradeoffs: [ExpectedTradeoff]
  /// What was measured of fleets on the study's base.
  package var fleets: [FleetMeasurement]
  /// How long single tokens took on a data set: of each combination's first run that was measured quietly, and of the base beside it; by the
  /// first of these runs, since two data sets may have one name.
  package var tokenTimes: [RunID: TokenTimes]

  /// Names of the parts that recommendations can be asked for.
  package var scopes: [String]

  /// - Parameters:
  ///   - table: the person's study; the published one again where there are no runs.
  ///   - scope: the part that the first three recommendations are for; nil, or a name that is none, takes the whole.
  ///   - fleet: what is known of fleets on the study's base.
  ///   - tokenTimes: by the first run of each.
  package init(
    table: StudyTable, selection: StudySelection?, published: PublishedStudy, options: RecommendationOptions,
    scope: String? = nil, fleet: FleetStudy? = nil, tokenTimes: [RunID: TokenTimes] = [:]
  ) {
    self.tokenTimes = tokenTimes
    fleets = fleet?.measurements ?? []
    self.table = table
    runs = selection?.runs ?? []
    leftOut = selection?.leftOut ?? []
    pruned = selection?.pruned ?? []
    self.published = published
    findings = Findings.all(table, margin: options.margin)
    publishedFindings = Findings.all(published.table, margin: options.margin)
    prose = ProseCheck.all(published)
    let recommendations = Recommendations(table.forFleet(options.fleet, fleet), options: options)
    let parts = recommendations.scopes
    scopes = parts.map(\.name)
    advice = recommendations.cards(parts.first { $0.name == scope } ?? parts[0])
    adviceByPart = recommendations.byPart()
    publishedAdvice = AdviceBuilder.publishedCards(published, options)
    tradeoffs = ExpectedTradeoff.rows(published.expectedTradeoffs, measured: table)
  }

  package var isPublishedOnly: Bool { table.origin == .published }

  /// The published data set that one of this study stands in for.
  func original(of dataset: StudyDataset) -> StudyDataset? {
    guard !isPublishedOnly, let name = dataset.original else { return nil }
    return published.table.datasets.first { $0.name == name }
  }
}

/// A piece of a report that Markdown and HTML both render.
struct ReportSection {
  enum Block {
    case text(String)
    case list([String])
    /// The first row is the head.
    case table([[String]])
    /// A table of the program's own words, in which `**` makes bold.
    case rich([[String]])
    /// A table of published figures, set apart.
    case published([[String]])
    /// An SVG drawing with what it shows; Markdown leaves it out.
    case drawing(svg: String, caption: String)
  }

  var title: String
  /// 1 for the report's own title.
  var level = 2
  var blocks: [Block]
}

/// The big table as Markdown, to stand in another document between two marks.
package enum TableBlock {
  static let begin = "<!-- lorascope report --table: begin -->"
  static let end = "<!-- lorascope report --table: end -->"

  /// The study's table, and the article's own in the same shape below it.
  package static func markdown(_ content: ReportContent) -> String {
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
  /// - Throws: `Refusal` where the marks are missing or in the wrong order.
  package static func replaced(
    in document: String, by markdown: String, name: String, begin: String = begin, end: String = end
  ) throws -> String {
    guard let first = document.range(of: begin), let last = document.range(of: end), first.upperBound <= last.lowerBound
    else {
      throw Refusal(
        "\(name): it needs the line \(begin) and below it the line \(end); the table goes between them", exitStatus: 65)
    }
    return document[..<first.upperBound] + "\n" + markdown + document[last.lowerBound...]
  }
}

/// A report as files: Markdown, one HTML page, JSON and CSV.
package enum ReportFolder {
  /// Writes into the folder, which is made where it is missing. All files are written beside first, so that a full disk leaves
  /// what was there, and no half of a report.
  ///
  /// - Returns: the files.
  /// - Throws: `Refusal` where it cannot be written: 74 for a full disk, else 73.
  @discardableResult
  package static func write(_ content: ReportContent, to folder: URL) throws -> [URL] {
    let sections = ReportSections.all(content)
    var texts = [
      ("report.md", MarkdownReport.text(sections)), ("report.html", HTMLReport.page(content, sections)),
      ("report.json", try JSONReport(content).text()), ("table.csv", CSVReport.table(content)),
      ("cells.csv", CSVReport.cells(content)), ("runs.csv", CSVReport.runs(content)),
      ("losses.csv", CSVReport.losses(content)),
    ]
    if content.runs.contains(where: { $0.heldOutLosses.count > 0 }) {
      texts.append(("held-out.csv", CSVReport.heldOutLosses(content)))
    }
    if let stranger = stranger(in: folder) {
      throw Refusal(
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
    ("held-out.csv", "run,step,held_out_loss"),
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

  private static func failure(_ error: any Error, _ folder: URL) -> Refusal {
    if (error as? CocoaError)?.code == .fileWriteOutOfSpace {
      return Refusal("cannot write \(folder.path): no room left on its disk: free some", exitStatus: 74)
    }
    return Refusal("cannot write \(folder.path): \(error.localizedDescription)", exitStatus: 73)
  }
}
