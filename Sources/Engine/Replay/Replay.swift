import Analysis
import Messages
import Synchronization

// How a finished study is shown as if live, in ten lines:
//  1. A read-only `Engine` that follows nobody reads the store once, attaches itself to the bus and answers questions from there.
//  2. `ReplayRun` says how one stored run stood at any time: a prefix of its stored series, a score only once it was evaluated.
//  3. `Replay` (here, a value) puts the runs, their queue, their searches and the notices of a time together.
//  4. `ReplayTimeline` leaves out the hours in which nothing ran; `ReplayClock` is the virtual clock: position, speed, paused or not.
//  5. `ReplayEngine` takes the engine's place at the bus, advances the clock and puts each frame into the bus's snapshot.
//  6. Questions go to the engine, which knows no more than that snapshot; what is of runs that are not that far yet is kept back.
//  7. Commands that would change or write anything are refused with one line; those about the replay move the clock.
//  8. At the end each run is the store's own summary, so that the snapshot equals what any reader of the store shows.
//  9. `EngineStatus.replay` makes every screen say what it shows, is the screens' clock, and refuses keys that change runs.
// 10. Nothing is written: the store is opened for reading, and nothing else of the program is open.

/// A stored study at any time of its life.
package struct Replay: Sendable {
  /// What the store has, as any reader of it shows it.
  private let stored: Snapshot
  private let notices: [Notice]
  private let runs: [ReplayRun]
  /// Places in the stored queue, for runs that never started.
  private let places: [RunID: Int]
  /// What runs of searches were scored at heats.
  private let heats: [RunID: [HeatScores]]
  private let known = Known()
  package let timeline: ReplayTimeline

  /// - Parameters:
  ///   - stored: the store's own snapshot.
  ///   - notices: of the store, oldest first.
  ///   - checkpoints: of each run, step and time (seconds since 1970), in order of the steps.
  ///   - heats: of runs in searches.
  ///   - only: the runs to show; nil shows all.
  package init(
    _ stored: Snapshot, notices: [Notice], checkpoints: [RunID: [(step: Int, time: Double)]] = [:],
    heats: [RunID: [HeatScores]] = [:], only: Set<RunID>? = nil
  ) {
    var stored = stored
    if let only {
      stored.runs.removeAll { !only.contains($0.id) }
      stored.queue.removeAll { !only.contains($0) }
      stored.searches.removeAll { search in !stored.runs.contains { $0.search == search.id } }
    }
    self.stored = stored
    self.notices = notices
    self.heats = heats
    runs = stored.runs.map { ReplayRun($0, checkpoints: checkpoints[$0.id] ?? []) }
    places = Dictionary(stored.queue.enumerated().map { ($1, $0) }) { first, _ in first }
    timeline = ReplayTimeline(runs.flatMap(\.busy))
  }

  package var isEmpty: Bool { runs.isEmpty }

  /// What a frame puts into the bus's snapshot.
  package struct Frame: Sendable {
    package var runs: [RunSummary]
    package var queue: [RunID]
    package var searches: [SearchSummary]
    package var notices: [Notice]

    package func put(into snapshot: inout Snapshot) {
      snapshot.runs = runs
      snapshot.queue = queue
      snapshot.searches = searches
      snapshot.notices = notices
    }
  }

  /// The study where the clock stands. Reads series from the store when they are first needed.
  package func frame(at clock: ReplayClock) -> Frame {
    if clock.isAtEnd {
      return Frame(runs: stored.runs, queue: stored.queue, searches: stored.searches, notices: stored.notices)
    }
    let time = timeline.time(at: clock.position)
    let shown = runs.compactMap { $0.summary(at: time) }
    return Frame(
      runs: shown, queue: queue(shown), searches: searches(shown, time),
      notices: Array(notices.prefix { $0.time <= time }.suffix(max(1, stored.notices.count))))
  }

  /// Waiting runs in the order in which they started; then those that never did, as the store has them.
  private func queue(_ shown: [RunSummary]) -> [RunID] {
    let waiting = Set(shown.lazy.filter { $0.state == .waiting }.map(\.id))
    return runs.filter { waiting.contains($0.stored.id) }.sorted { a, b in
      let (first, second) = (a.start ?? .infinity, b.start ?? .infinity)
      if first != second { return first < second }
      return (places[a.stored.id] ?? .max, a.stored.id) < (places[b.stored.id] ?? .max, b.stored.id)
    }.map(\.stored.id)
  }

  // MARK: Searches

  /// Searches as they stood, each with what its race had decided: the same decisions follow from the same results.
  private func searches(_ shown: [RunSummary], _ time: Double) -> [SearchSummary] {
    stored.searches.compactMap { search in
      if search.created > time { return nil }
      if let finished = search.finished, finished <= time { return search }
      return known.value(of: search, shown.filter { $0.search == search.id }, at: time, heats)
    }
  }

  /// The last state of each search, for as long as no further result is in: what a race decides takes computing.
  private final class Known: Sendable {
    private struct Key: Hashable {
      var heats: [RunID: Int]
      var ended: Set<RunID>
    }

    private let last = Mutex<[SearchID: (key: Key, summary: SearchSummary)]>([:])

    func value(
      of stored: SearchSummary, _ runs: [RunSummary], at time: Double, _ heats: [RunID: [HeatScores]]
    ) -> SearchSummary {
      let out = runs.filter { $0.hasDiverged || $0.wasTakenOut }
      let key = Key(
        heats: Dictionary(runs.map { ($0.id, $0.heats?.count ?? 0) }) { first, _ in first }, ended: Set(out.map(\.id)))
      var summary: SearchSummary
      if let last = last.withLock({ $0[stored.id] }), last.key == key {
        summary = last.summary
      } else {
        summary = Self.summary(stored, runs, out, heats)
        let found = (key, summary)
        last.withLock { $0[stored.id] = found }
      }
      summary.secondsUsed = min(stored.secondsUsed, time - stored.created)
      return summary
    }

    private static func summary(
      _ stored: SearchSummary, _ runs: [RunSummary], _ out: [RunSummary], _ heats: [RunID: [HeatScores]]
    ) -> SearchSummary {
      var summary = stored
      summary.status = .running
      summary.reason = nil
      summary.finished = nil
      summary.answer = nil
      summary.runs = Dictionary(runs.map { (SearchEntrant($0.plan), $0.id) }) { _, newest in newest }
      summary.bracket = SearchBracket()
      // What cannot be raced again is shown without its race.
      guard !summary.plan.awaitsLook, let search = try? Search(summary.plan) else { return summary }
      var race = EngineSearch(summary: summary, search: search)
      for run in runs {
        let shown = Set(run.heats?.map(\.heat) ?? [])
        for scores in heats[run.id] ?? [] where shown.contains(scores.heat) { race.take(scores, of: run) }
        if out.contains(where: { $0.id == run.id }) { race.takeEnd(of: run) }
      }
      summary.bracket = race.search.bracket
      summary.answer = race.answerNow
      return summary
    }
  }
}
