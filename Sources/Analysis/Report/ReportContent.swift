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

  /// Names of the parts that recommendations can be asked for.
  public var scopes: [String]

  /// - Parameters:
  ///   - table: the person's study; the published one again where there are no runs.
  ///   - scope: the part that the first three recommendations are for; nil, or a name that is none, takes the whole.
  public init(
    table: StudyTable, selection: StudySelection?, published: PublishedStudy, options: RecommendationOptions,
    scope: String? = nil
  ) {
    self.table = table
    runs = selection?.runs ?? []
    leftOut = selection?.leftOut ?? []
    self.published = published
    findings = Findings.all(table, margin: options.margin)
    publishedFindings = Findings.all(published.table, margin: options.margin)
    prose = ProseCheck.all(published)
    let recommendations = Recommendations(table, options: options)
    let parts = recommendations.scopes
    scopes = parts.map(\.name)
    advice = recommendations.cards(parts.first { $0.name == scope } ?? parts[0])
    adviceByPart = recommendations.byPart()
    publishedAdvice = AdviceBuilder.publishedCards(published, options)
    tradeoffs = ExpectedTradeoff.rows(published.expectedTradeoffs, measured: table)
  }

  public var isPublishedOnly: Bool { table.origin == .published }

  /// The published data set that one of this study stands in for.
  func original(of dataset: StudyDataset) -> StudyDataset? {
    guard !isPublishedOnly, let name = dataset.original else { return nil }
    return published.table.datasets.first { $0.name == name }
  }
}
