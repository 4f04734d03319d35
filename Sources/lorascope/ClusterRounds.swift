import Cluster
import Engine
import Foundation
import Messages
import Recipe
import RunStore

/// The rounds of a search on a cluster: what its runs have come to, and from that the next array. All of it follows from the folder, so
/// that whoever was killed begins again, and two who look at once come to the same.
struct ClusterRounds {
  let place: ClusterSearchFolder
  let search: ClusterSearch

  /// - Throws: `Refusal` for a folder without a search that can be read.
  init(_ place: ClusterSearchFolder) throws {
    self.place = place
    search = try place.read()
  }

  /// What all rounds together have come to.
  struct Results {
    var races: [SearchRounds]
    /// The log with which each run would go on, as a path from the folder.
    var newest: [RunPlan: String]
    var runs: [RunSummary]
  }

  /// From the logs of all rounds, which are taken into a store that lasts no longer.
  private func results() async throws -> Results {
    try await withStore { store, newest in
      var races = try search.races.map { try SearchRounds($0.request, $0.plan, model: search.model) }
      let runs = try await store.readableRuns().runs
      for run in runs {
        let heats = try await store.heats(of: run.id)
        for place in races.indices { races[place].take(run, heats: heats) }
      }
      return Results(races: races, newest: newest, runs: runs)
    }
  }

  private func withStore<Value>(_ body: (RunStore, [RunPlan: String]) async throws -> Value) async throws -> Value {
    let temporary = FileManager.default.temporaryDirectory.appending(
      path: "lorascope-rounds-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { try? FileManager.default.removeItem(at: temporary) }
    let store = try RunStore(at: temporary.appending(path: "store.sqlite"), mode: .engine)
    defer { try? store.close() }
    var newest: [RunPlan: String] = [:]
    for round in place.rounds {
      let study = try round.readStudy()
      for task in study.tasks.indices {
        for (log, header) in try RunLogs.all(in: round.logs(of: task)) {
          _ = try await store.importLogs([log])
          var plan = header.plan
          plan.settings.output = nil
          newest[plan] = place.path(of: log)
        }
      }
    }
    return try await body(store, newest)
  }

  // MARK: The next round

  /// Plans what comes after the rounds that there are, all of whose runs have come as far as they were to, and submits it.
  ///
  /// - Returns: its folder; nil where nothing is left to be trained.
  func next() async throws -> ClusterFolder? {
    let results = try await results()
    var known: Set<RunPlan> = []
    var wanted: [SearchRounds.Entry] = []
    var runs: [PlannedRun] = []
    for (race, rounds) in zip(search.races, results.races) {
      for entry in rounds.wanted(evaluatesBase: search.evaluatesBase) where known.insert(entry.plan).inserted {
        wanted.append(entry)
        runs.append(PlannedRun(plan: entry.plan, seconds: race.secondsOfRun.map { $0 * entry.share }))
      }
    }
    guard !wanted.isEmpty else { return nil }
    let number = place.rounds.count + 1
    if number > 1 { try requireProgress(wanted, after: try place.round(number - 1).readStudy()) }
    // TPOT is measured at a run's end, and nowhere else does a race need a node alone.
    let options = search.options.alone(wanted.contains { $0.heats == nil && $0.plan.settings.measureLatency })
    let study = ClusterStudy(
      engine: Lorascope.configuration.version, host: LogWriter.thisHost, created: Date().timeIntervalSince1970,
      base: search.model.fingerprint, options: options, runs: runs, leastSeconds: search.leastSeconds,
      heats: wanted.map(\.heats), sources: wanted.map { results.newest[$0.plan] })
    let program = try ClusterSubmitting.program()
    let folder = try place.add(study, round: number) { folder in
      JobScript(
        options: options, program: program, folder: folder.url.path, name: search.jobName(round: number))
    }
    try await submit(number)
    return folder
  }

  /// A round that asks for the same once more would ask for ever.
  private func requireProgress(_ wanted: [SearchRounds.Entry], after last: ClusterStudy) throws {
    for place in last.runs.indices {
      guard let entry = wanted.first(where: { $0.plan == last.runs[place] }), entry.heats == last.heats(of: place)
      else {
        continue
      }
      throw CommandError(
        "\(ClusterView.name(entry.plan)) is said to have come to its heat, and its log does not have the scores: --resubmit "
          + "after that task's status is removed", status: 65)
    }
  }

  /// Seconds for which a round that is not wholly submitted is left to whoever has just written it.
  private static let patience = 15.0

  /// Whether all tasks of a round were submitted: whoever was to do it may have been killed.
  func isSubmitted(_ number: Int) throws -> Bool {
    let folder = place.round(number)
    return Set(folder.submissions().flatMap(\.tasks)).isSuperset(of: try folder.readStudy().tasks.indices)
  }

  /// Submits what of a round was not submitted yet.
  func submit(_ number: Int, isOwn: Bool = true) async throws {
    let folder = place.round(number)
    let study = try folder.readStudy()
    let newest = max(study.created, folder.submissions().last?.time ?? 0)
    if !isOwn, Date().timeIntervalSince1970 - newest < Self.patience { return }
    try await ArraySubmission(folder).complete(study, named: search.jobName(round: number))
  }

  // MARK: The end

  /// Brings a search that is over into a store, as if it had raced there: its runs, who has left and why, and the answers.
  func finish(into target: URL) async throws {
    let temporary = FileManager.default.temporaryDirectory.appending(
      path: "lorascope-search-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { try? FileManager.default.removeItem(at: temporary) }
    let store = temporary.appending(path: "store.sqlite")
    try await gather(into: store)
    try await conclude(store)
    let raced = try RunStore(at: store, mode: .reading)
    defer { try? raced.close() }
    // One that has failed on the cluster is asked for once more by whoever concludes, and is not begun.
    let runs = try await raced.readableRuns().runs.filter(\.state.isTerminal)
    let logs = try await raced.exportLogs(
      runs.map(\.id), to: temporary.appending(path: "logs", directoryHint: .isDirectory), by: RunsLog.writer)
    let own = try RunStore(at: target, mode: .engine)
    defer { try? own.close() }
    let outcome = try await own.importLogs(logs)
    for remark in outcome.remarks { StandardStreams.note(remark) }
    let taken = Set(outcome.added + outcome.continued + outcome.unchanged)
    let known = try await own.searches()
    for summary in try await raced.searches() {
      if known.contains(where: { $0.created == summary.created && $0.request == summary.request }) { continue }
      var summary = summary
      summary.id = try await own.insert(
        summary.request, summary.plan, created: summary.created, promised: summary.secondsPromised)
      try await own.update(summary)
      try await attach(summary.id, summary, in: own, taken)
    }
  }

  /// A store with all runs, and searches that wait to go on.
  private func gather(into url: URL) async throws {
    try await withStore { source, _ in
      let runs = try await source.readableRuns().runs
      let logs = try await source.exportLogs(
        runs.map(\.id), to: url.deletingLastPathComponent().appending(path: "gathered"), by: RunsLog.writer)
      let store = try RunStore(at: url, mode: .engine)
      defer { try? store.close() }
      var taken: Set<RunID> = []
      if !logs.isEmpty { taken = Set(try await store.importLogs(logs).added) }
      for race in search.races {
        var summary = SearchSummary(
          id: 0, request: race.request, plan: race.plan, status: .paused, created: search.created,
          secondsPromised: race.secondsPromised)
        summary.id = try await store.insert(
          race.request, race.plan, created: search.created, promised: race.secondsPromised)
        var rounds = try SearchRounds(race.request, race.plan, model: search.model)
        for run in runs { rounds.take(run, heats: try await source.heats(of: run.id)) }
        summary.secondsUsed = rounds.seconds
        try await store.update(summary)
        try await attach(summary.id, summary, in: store, taken)
      }
    }
  }

  /// Of the runs that were taken in: a person's own may have the same plan.
  private func attach(
    _ id: SearchID, _ summary: SearchSummary, in store: RunStore, _ taken: Set<RunID>
  ) async throws {
    let rounds = try SearchRounds(summary.request, summary.plan, model: search.model)
    let runs = try await store.readableRuns().runs.filter { taken.contains($0.id) && rounds.has($0.plan) }
    try await store.attach(runs.map(\.id), to: id)
  }

  /// The searches come to their answers by what is there, and nothing is trained.
  private func conclude(_ store: URL) async throws {
    // Without a word: that a search waits is no news to who has gathered it.
    let session = try await StudySession.open(store: store, forDashboard: true, evaluatesBase: false)
    try await session.expect(.pauseQueue(true))
    try await session.expect(.resumeUnfinished)
    let searches = await session.bus.currentSnapshot().searches
    await session.close()
    if let left = searches.first(where: { !$0.status.isOver }) {
      throw CommandError(
        "the search on \(left.request.data.displayName) has no answer from the runs in \(place.url.path): \(left.reason ?? "results are missing")",
        status: 70)
    }
  }
}
