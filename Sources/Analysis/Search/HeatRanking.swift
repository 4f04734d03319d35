import Messages
import Recipe

/// The order of a heat's candidates, from score and loss together, and the tests between two of them.
struct HeatRanking {
  /// The best first. Those whose results cannot be used are left out.
  let order: [SearchCandidate]
  private let results: [SearchCandidate: HeatResult]

  init(_ all: [HeatResult]) {
    let usable = all.filter { !$0.isUnusable && !$0.outcomes.isEmpty }.sorted { $0.candidate < $1.candidate }
    results = Dictionary(usable.map { ($0.candidate, $0) }) { first, _ in first }
    let strengths = Self.strengths(usable)
    order = usable.indices.sorted { left, right in
      strengths[left] != strengths[right] ? strengths[left] > strengths[right] : left < right
    }.map { usable[$0].candidate }
  }

  /// How good each looks: the standardised score and the standardised loss, the score by as much as its spread is more than that of
  /// chance. Early scores of tasks that nobody has understood yet are all 0, and say nothing then.
  private static func strengths(_ results: [HeatResult]) -> [Double] {
    let scores = results.map { $0.score ?? 0 }
    let losses = results.map { -($0.recentLoss ?? 0) }
    let weight = reliability(results, scores)
    let byScore = standardised(scores)
    let byLoss = standardised(losses)
    return results.indices.map { weight * byScore[$0] + (1 - weight) * byLoss[$0] }
  }

  /// Share of the variance between candidates' scores that sampling of examples does not explain, 0 to 1.
  private static func reliability(_ results: [HeatResult], _ scores: [Double]) -> Double {
    let between = variance(scores)
    guard between > 0 else { return 0 }
    let sampling = results.map { result in
      let points = result.outcomes.map { 100 * $0 }
      return variance(points) / Double(points.count)
    }
    return max(0, 1 - sampling.reduce(0, +) / Double(sampling.count) / between)
  }

  private static func standardised(_ values: [Double]) -> [Double] {
    let spread = variance(values).squareRoot()
    guard spread > 0 else { return values.map { _ in 0 } }
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { ($0 - mean) / spread }
  }

  private static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  /// What is proven against a candidate.
  struct Proof {
    /// Points behind, below 0.
    var points: Double
    /// Of the score, two-sided, corrected by Holm over those that were tested together; of the loss, one-sided.
    var scoreP: Double
    var lossP: Double
  }

  /// Who of `others` is proven worse than `best`: by score and by loss, each below the level.
  ///
  /// The score's test knows that a run moves from seed to seed by more than its examples say: with one seed only a gap well above that is
  /// a proof. On examples alone a third of searches among equals lost candidates as "worse".
  func worse(_ others: [SearchCandidate], than best: SearchCandidate, level: Double) -> [SearchCandidate: Proof] {
    guard let theirs = results[best] else { return [:] }
    let differences = others.map { other -> SeedsAndExamples? in
      guard let mine = results[other], mine.outcomes.count == theirs.outcomes.count else { return nil }
      let points = zip(mine.outcomes, theirs.outcomes).map { 100 * ($0 - $1) }
      return SeedsAndExamples([points], groups: mine.groups, isDifference: true)
    }
    let adjusted = Holm.againstBest(differences.map { $0?.pValue }, results: others.count + 1)
    var proofs: [SearchCandidate: Proof] = [:]
    for (place, other) in others.enumerated() {
      guard let scoreP = adjusted[place], scoreP < level, let difference = differences[place], difference.mean < 0,
        let mine = results[other]
      else { continue }
      // The lower loss is the better one. The last parts tell where it goes; a dozen have enough signs for any level in use.
      let losses = zip(theirs.losses, mine.losses).suffix(12).map { Double($0) - Double($1) }
      let lossP = PairedSigns.pBelow(losses)
      guard lossP < level else { continue }
      proofs[other] = Proof(points: difference.mean, scoreP: scoreP, lossP: lossP)
    }
    return proofs
  }

  /// In the order of the ranking.
  func listed(_ gone: [SearchCandidate: LeaveReason]) -> [(SearchCandidate, LeaveReason)] {
    order.compactMap { candidate in gone[candidate].map { (candidate, $0) } }
  }

  /// What the candidate's way from one share of its steps to another takes, as its own heats so far went.
  func seconds(
    _ candidate: SearchCandidate, toShare end: Double, from start: Double, _ facts: [SearchKey: HeatResult],
    _ plan: SearchPlan
  ) -> Double {
    max(0, end - start) * SearchState.runSeconds(candidate, facts, plan)
  }
}
