import Cluster
import Engine
import Foundation
import Messages
import Recipe
import RunStore

/// `sweep --search --cluster slurm`: a race whose heats are arrays.
struct ClusterSearching {
  let cluster: ClusterFlags
  let submitting: ClusterSubmitting
  private let line = ProgressLine()

  init(_ cluster: ClusterFlags, _ submitting: ClusterSubmitting) {
    (self.cluster, self.submitting) = (cluster, submitting)
  }

  /// What a cluster's race does not know: TPOT and time are those of other machines.
  static func check(_ requests: [SearchRequest]) throws {
    for request in requests {
      func refuse(_ line: String) -> CommandError { CommandError(line, status: 64) }
      if request.purpose == .rates {
        throw refuse("rates race each other on one machine: give --lr a number, or leave out --cluster")
      }
      if request.latencyBudget != nil || request.fleet != nil {
        throw refuse(
          "a search on a cluster goes by scores alone, since TPOT of its nodes is not that of this machine: leave out "
            + "--latency-budget and --fleet, or --cluster")
      }
      if request.secondsBudget != nil {
        throw refuse("how long a cluster's tasks wait is not known: leave out --minutes, or --cluster")
      }
      if request.settings.measureLatency {
        throw refuse(
          "a search on a cluster goes by scores alone, since TPOT of its nodes is not that of this machine: add --share-nodes "
            + "(in a plan latency = false)")
      }
    }
  }

  /// Looks at the base here, writes what the races decide by, and submits the first round.
  func submit(_ requests: [SearchRequest], _ session: StudySession) async throws {
    let promise = try await session.promise(requests, line)
    for text in SearchLines.promise(promise, requests) { line.note(text) }
    line.note(
      "times are those of this machine; each heat is an array, and the next one is planned when all of it is there")
    if submitting.dryRun {
      await session.close()
      if submitting.json { try JSONOutput.print(SearchPromiseReport(promise)) }
      return
    }
    var races: [ClusterSearch.Race] = []
    var seconds: [Double?] = []
    for request in requests { seconds.append(try await secondsOfRun(request, session)) }
    guard let reference = requests.first?.model else { return }
    try await session.expect(.selectModel(reference))
    let model = await session.bus.currentSnapshot().model
    await session.close()
    try session.exitIfInterrupted()
    guard let model else { throw CommandError("the base \(reference.displayName) was not read", status: 65) }
    let looked = try await look(requests)
    for (place, (request, plan)) in looked.enumerated() {
      races.append(
        ClusterSearch.Race(
          request: request, plan: plan, secondsOfRun: seconds[place],
          secondsPromised: requests.count == 1 ? promise.seconds : nil))
    }
    let plans = requests.flatMap { request in
      request.combinations.map { request.plan($0, rate: request.rates.first ?? 1, seed: 0, in: model) }
    }
    let options = submitting.options(isExclusive: false)
    try submitting.checkMemory(plans, options)
    let place = ClusterSearchFolder(cluster.place.url)
    try cluster.place.requireNew()
    try place.make()
    try await submitting.checkFolder()
    try place.write(
      ClusterSearch(
        engine: Lorascope.configuration.version, host: LogWriter.thisHost, created: Date().timeIntervalSince1970,
        model: model, evaluatesBase: submitting.evaluatesBase, options: options, leastSeconds: cluster.leastSeconds,
        races: races))
    guard let round = try await ClusterRounds(place).next() else {
      throw CommandError("there is nothing to race", status: 65)
    }
    let study = try round.readStudy()
    if submitting.json {
      return try JSONOutput.print(submitting.report(study, round.submissions().map(\.job), in: round))
    }
    print(
      "submitted the first of its rounds, \(Counted.text(study.runs.count, "run")) in \(Counted.text(study.tasks.count, "task")) ("
        + round.submissions().map { "job \($0.job)" }.joined(separator: ", ") + "), from \(place.url.path)")
    print(
      "follow, which plans and submits the others: lorascope sweep --cluster slurm --folder \(JobScript.quoted(place.url.path)) --follow"
    )
  }

  /// Of a whole run, as estimated here.
  private func secondsOfRun(_ request: SearchRequest, _ session: StudySession) async throws -> Double? {
    let plan = SweepPlan(
      model: request.model, parts: [SweepPlan.Part(data: request.data, settings: request.settings)],
      combinations: request.combinations, seeds: Array(request.seeds.prefix(1)),
      parameterBudget: request.parameterBudget, reuseFinished: false)
    guard case .runsToDo(let runs) = await session.bus.ask(.runsToDo(plan)) else { return nil }
    let known = runs.filter { !$0.plan.isBaseline }.compactMap(\.seconds)
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }

  /// The look at the base that orders the shortlist, in a store that lasts no longer: its queue is paused, so that nothing trains.
  ///
  /// - Returns: the requests with what they left open, and the plans by which the races decide.
  private func look(_ requests: [SearchRequest]) async throws -> [(SearchRequest, SearchPlan)] {
    let temporary = FileManager.default.temporaryDirectory.appending(
      path: "lorascope-look-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { try? FileManager.default.removeItem(at: temporary) }
    let session = try await StudySession.open(
      store: temporary.appending(path: "store.sqlite"), threads: cluster.threads, evaluatesBase: false)
    try await session.expect(.pauseQueue(true))
    let ids = try await session.begin(requests)
    var searches: [SearchSummary] = []
    for await snapshot in session.bus.snapshots() {
      searches = snapshot.searches.filter { ids.contains($0.id) }
      if let probe = snapshot.engine.probe { line.show("looking at the base", fraction: probe.fraction, detail: "") }
      if snapshot.engine.hasShutDown || searches.allSatisfy({ !$0.plan.awaitsLook || $0.status != .running }) { break }
    }
    line.finish()
    await session.close()
    try session.exitIfInterrupted()
    for search in searches where search.status != .running || search.plan.awaitsLook {
      throw CommandError(search.answer?.sentence ?? search.reason ?? "the base was not looked at", status: 65)
    }
    for note in searches.flatMap({ $0.plan.look?.notes ?? [] }) { line.note(note) }
    return searches.map { ($0.request, $0.plan) }
  }
}
