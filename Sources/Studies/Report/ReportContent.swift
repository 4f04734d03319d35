import Messages

/// Everything that a report says, before it is written in one form or another.
public struct ReportContent: Sendable {
  public var table: StudyTable
  /// The runs of the study, in order of id.
  public var runs: [RunSummary]
  /// Finished runs that were not taken, with the reason.
  public var leftOut: [String]
  public var published: PublishedStudy
  public var findings: [Finding]
  public var publishedFindings: [Finding]
  public var prose: [ProseCheck]
  public var advice: [Recommendation]
  public var adviceByPart: [Recommendation]
  public var publishedAdvice: [Recommendation]
  public var tradeoffs: [ExpectedTradeoff]

  /// - Parameter table: the person's study; the published one again where there are no runs.
  public init(
    table: StudyTable, selection: StudySelection?, published: PublishedStudy, options: RecommendationOptions
  ) {
    self.table = table
    runs = selection?.runs ?? []
    leftOut = selection?.leftOut ?? []
    self.published = published
    findings = Findings.all(table, margin: options.margin)
    publishedFindings = Findings.all(published.table, margin: options.margin)
    prose = ProseCheck.all(published)
    let recommendations = Recommendations(table, options: options)
    advice = recommendations.overall()
    adviceByPart = recommendations.byPart()
    var ofPublished = options
    // A budget in percent has nothing to apply to there.
    if case .overheadPercent = options.budget { ofPublished.budget = .cheapestThird }
    publishedAdvice = Recommendations(published.table, options: ofPublished).overall()
    tradeoffs = ExpectedTradeoff.rows(published.expectedTradeoffs, measured: table)
  }

  public var isPublishedOnly: Bool { table.origin == .published }

  /// The published data set that one of this study stands in for.
  func original(of dataset: StudyDataset) -> StudyDataset? {
    guard !isPublishedOnly, let match = published.datasets.first(where: { $0.taskName == dataset.name }) else {
      return nil
    }
    return published.table.datasets.first { $0.name == match.name }
  }
}
