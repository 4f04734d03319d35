import Engine
import Foundation
import Messages
import Recipe

/// Runs searches to their answers, or as far as they come, and prints what there is.
struct SearchEnding {
  let session: StudySession
  let json: Bool

  func run(_ requests: [SearchRequest]) async throws {
    let ids = try await session.begin(requests)
    try await follow(ids)
  }

  /// - Parameters:
  ///   - runs: what goes on beside the searches: it is waited for too.
  ///   - isAsked: a person has ended them, and takes what there is for the answer.
  func follow(_ ids: [SearchID], beside runs: [RunID] = [], isAsked: Bool = false) async throws {
    let followed = await session.follow(searches: ids)
    let others = runs.filter { id in
      followed.run(id).map { run in run.search.map { !ids.contains($0) } ?? true } ?? false
    }
    if !others.isEmpty { _ = await session.follow(others) }
    await session.close()
    let snapshot = await session.bus.currentSnapshot()
    let searches = ids.compactMap { id in
      // Where the end has paused it, what was known before it stands.
      snapshot.searches.first { $0.id == id } ?? followed.searches.first { $0.id == id }
    }
    if json {
      let reports = searches.map { SearchReport($0, snapshot) }
      if reports.count == 1, let only = reports.first {
        try JSONOutput.print(only)
      } else {
        try JSONOutput.print(["searches": reports])
      }
    } else {
      for search in searches where isAsked || !search.hasEndedUnraced { print(SearchLines.answer(search, snapshot)) }
      if !isAsked, let words = SearchLines.outcome(searches, snapshot) { print(words) }
    }
    try session.exitIfInterrupted()
    if let left = searches.first(where: { !$0.status.isOver }) {
      throw CommandError(
        "search \(left.id) is not over (\(left.reason ?? left.status.rawValue)); `lorascope resume` goes on with it",
        status: 1)
    }
    if isAsked { return }
    let unraced = searches.filter(\.hasEndedUnraced)
    if !unraced.isEmpty {
      // Of several data sets each may have its own reason.
      let lines = unraced.compactMap { search in
        search.answer.map { unraced.count > 1 ? "search \(search.id): \($0.sentence)" : $0.sentence }
      }
      throw CommandError(lines.joined(separator: "; "), status: 65)
    }
    if searches.contains(where: { $0.answer?.pick == nil }) {
      throw CommandError("nothing can be named: the sentence says why", status: 1)
    }
  }
}

extension SearchSummary {
  /// What the look at the base has said was a refusal.
  var hasEndedUnraced: Bool { status.isOver && bracket.heats.isEmpty && answer?.pick == nil }
}

/// `sweep --search --dry-run --json`.
struct SearchPromiseReport: Encodable {
  var tuningExamples: Int
  /// Different things that they are about, where those repeat.
  var tuningGroups: Int?
  var heldOutOf: Int?
  var estimatedSeconds: Double?
  var leastSeconds: Double?
  var mostSeconds: Double?
  var exhaustiveSeconds: Double?
  /// Of all these but the last: the look at the base before the first heat. Absent without one.
  var lookSeconds: Double?
  var combinations: Int
  var mostEntrants: Int
  /// Combinations whose TPOT no finished run has measured, and whether the look predicts it.
  var tpotUnmeasured: Int
  var tpotIsPredicted: Bool
  /// Other data sets whose first heats will order the shortlist, at most.
  var sharedDataSets: Int

  init(_ promise: SearchPromise) {
    tuningExamples = promise.tuningExamples
    tuningGroups = promise.tuningGroups
    heldOutOf = promise.heldOutOf
    estimatedSeconds = promise.seconds
    leastSeconds = promise.least
    mostSeconds = promise.most
    exhaustiveSeconds = promise.exhaustive
    lookSeconds = promise.look > 0 ? promise.look : nil
    combinations = promise.combinations
    mostEntrants = promise.entrants
    tpotUnmeasured = promise.unmeasured
    tpotIsPredicted = promise.predicts
    sharedDataSets = promise.sharedSets
  }
}
