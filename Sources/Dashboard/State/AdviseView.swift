import Messages

/// What the Advise screen shows, and what it is asked with.
package struct AdviseView: Sendable {
  package struct Request: Hashable, Sendable {
    package var study: StudyRequest
    /// Asked for again with every run that is finished.
    package var finishedRuns: Int
    /// And with every latency that was measured again.
    package var results: Int

    package init(study: StudyRequest, finishedRuns: Int, results: Int = 0) {
      self.study = study
      self.finishedRuns = finishedRuns
      self.results = results
    }
  }

  package var options = RecommendationOptions()
  /// The part of the study; nil is all of it.
  package var scope: String?
  /// The article's figures, although there are runs.
  package var showsPublished = false
  /// 0 to 2: accuracy first, balanced, challenging.
  package var card = 0
  package var finding = 0
  package var tradeoff = 0
  package var rulesTop = 0

  package var answer = Asked<Request, Advice>()

  package init() {}

  package var advice: Advice? { answer.value }

  package var chosen: Recommendation? {
    advice.flatMap { $0.cards.indices.contains(card) ? $0.cards[card] : nil }
  }

  package var isPublished: Bool { advice?.origin == .published }
}
