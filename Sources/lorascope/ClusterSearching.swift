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

  /// What a cluster's race does not know.
  static func check(_ requests: [SearchRequest]) throws {
    if requests.contains(where: { $0.secondsBudget != nil }) {
      throw CommandError(
        "how long a cluster's tasks wait is not known: leave out --minutes, or --cluster", status: 64)
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
    for text in Self.remarks(requests) { line.note(text) }
    var races: [ClusterSearch.Race] = []
    var seconds: [Double?] = []
    for request in requests { seconds.append(try await secondsOfRun(request, session)) }
    guard let reference = requests.first?.model else { return }
    try await session.expect(.selectModel(reference))
    let model = await session.bus.currentSnapshot().model
    guard case .searchPlans(let prepared) = try await answer(.searchPlans(requests), session) else {
      throw CommandError("the engine did not say what the search goes by", status: 70)
    }
    await session.close()
    try session.exitIfInterrupted()
    guard let model else { throw CommandError("the base \(reference.displayName) was not read", status: 65) }
    for (place, (request, plan)) in try await look(prepared).enumerated() {
      // What nothing fits is refused before anything is written.
      _ = try SearchRounds(request, plan, model: model)
      races.append(
        ClusterSearch.Race(
          request: request, plan: plan, secondsOfRun: seconds[place],
          secondsPromised: requests.count == 1 ? promise.seconds : nil))
    }
    let plans = requests.flatMap { request in
      request.combinations.map { request.plan($0, rate: request.rates.first ?? 1, seed: 0, in: model) }
    }
    let options = cluster.options(jobs: submitting.jobs)
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

  private func answer(_ query: Query, _ session: StudySession) async throws -> Reply {
    let reply = await session.bus.ask(query)
    guard case .refused(let refusal) = reply else { return reply }
    try session.exitIfInterrupted()
    throw refusal
  }

  /// Whose TPOT decides, and whose is measured.
  private static func remarks(_ requests: [SearchRequest]) -> [String] {
    var lines: [String] = []
    if requests.contains(where: { $0.latencyBudget != nil || $0.fleet != nil }) {
      lines.append("the search goes by TPOT as this machine has it, and not by that of the nodes")
    }
    if requests.contains(where: \.settings.measureLatency) {
      lines.append(
        "runs that the answer names ask for a node of their own, where their TPOT is measured (--share-nodes leaves that out)"
      )
    }
    return lines
  }

  /// A budget that whatever is measured fits: what is refused is refused by all that is known.
  private static let anyBudget = 1e9

  /// The look at the base that orders the shortlist, in a store that lasts no longer: its queue is paused, so that nothing trains.
  ///
  /// - Parameter prepared: by what the person's store knows.
  /// - Returns: the requests with what they left open, and the plans by which the races decide.
  private func look(_ prepared: [SearchPreparation]) async throws -> [(SearchRequest, SearchPlan)] {
    let awaiting = prepared.filter(\.plan.awaitsLook).map { search in
      var request = search.request
      let measures = search.plan.look?.measuresLatency == true
      request.settings.measureLatency = measures
      request.latencyBudget = measures && request.latencyBudget != nil ? Self.anyBudget : nil
      if !measures { request.fleet = nil }
      return request
    }
    var looked = (try await looks(awaiting))[...]
    return try prepared.map { search in
      var plan = search.plan
      if plan.awaitsLook, let found = looked.popFirst() { plan.takeLook(of: found) }
      if let budget = plan.latencyBudget, plan.combinations.contains(where: { $0.overhead == nil }) {
        let why = plan.look?.notes.first.map { ", and \($0)" } ?? ""
        throw CommandError(
          "nothing was submitted: the latency budget of \(SettingValue.plain(budget)) %\(plan.fleetWords) needs TPOT\(why)",
          status: 65)
      }
      return (search.request, plan)
    }
  }

  /// - Returns: the plans after it, in order.
  private func looks(_ requests: [SearchRequest]) async throws -> [SearchPlan] {
    if requests.isEmpty { return [] }
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
    return searches.map(\.plan)
  }
}
