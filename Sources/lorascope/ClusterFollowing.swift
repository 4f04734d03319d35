import Cluster
import Engine
import Foundation
import Messages
import Recipe
import RunStore

/// `sweep --cluster slurm --follow`, `--cancel` and `--resubmit`: a study that was submitted.
struct ClusterFollowing {
  let cluster: ClusterFlags
  let store: URL
  let json: Bool
  private let slurm = Slurm()
  private let line = ProgressLine()
  /// Seconds between two looks at the scheduler, which serves others, too.
  private static let interval = 4.0

  init(_ cluster: ClusterFlags, store: URL, json: Bool) {
    (self.cluster, self.store, self.json) = (cluster, store, json)
  }

  private var orders: ClusterOrders { ClusterOrders(cluster.place.url, slurm: slurm) }
  private var folder: ClusterFolder { orders.folder }

  /// Carries out what the flags ask of a study that was submitted.
  func carryOutOrders() async throws {
    for order in cluster.orders {
      let line = try await orders.carryOut(order, changed: cluster.changed)
      if json { StandardStreams.note(line) } else { print(line) }
    }
  }

  // MARK: Following

  func follow() async throws {
    let watch = SignalWatch { _ in }
    let search = ClusterSearchFolder(cluster.place.url)
    if search.isOne { return try await follow(ClusterRounds(search), watch) }
    let study = try folder.readStudy()
    let view = try await lastView(of: study, watch)
    line.finish()
    try exitIfInterrupted(watch)
    for fault in await faults(view) { line.note(fault) }
    let runs = try await merge(study)
    if json { try JSONOutput.print(StudyReport(runs)) } else { print(RunTable.text(runs)) }
    let done = runs.count { $0.state == .done }
    guard done == study.runs.count else { throw unfinished(study.runs.count - done, of: study.runs.count) }
  }

  private func exitIfInterrupted(_ watch: SignalWatch) throws {
    guard let signal = watch.received else { return }
    throw CommandError("interrupted; the cluster goes on, and the same again follows it", status: 128 + signal)
  }

  private func unfinished(_ count: Int, of all: Int) -> CommandError {
    let place = JobScript.quoted(cluster.place.url.path)
    return CommandError(
      "\(count) of \(Counted.text(all, "run")) did not finish; `lorascope sweep --cluster slurm --folder \(place) --resubmit` runs them again",
      status: 1)
  }

  /// A race: after each round that is whole the next is planned and submitted, until the answers are there.
  private func follow(_ rounds: ClusterRounds, _ watch: SignalWatch) async throws {
    while true {
      let number = rounds.place.rounds.count
      if number > 0, try !rounds.isSubmitted(number) { try await rounds.submit(number, isOwn: false) }
      if number > 0 {
        let study = try folder.readStudy()
        let view = try await lastView(of: study, watch)
        line.finish()
        try exitIfInterrupted(watch)
        if try !rounds.isSubmitted(number) { continue }
        guard view.isOver else {
          for fault in await faults(view) { line.note(fault) }
          throw unfinished(study.runs.count - view.done, of: study.runs.count)
        }
      }
      guard let next = try await rounds.next() else { break }
      let study = try next.readStudy()
      line.note(
        "round \(number + 1): \(Counted.text(study.runs.count, "run")) in \(Counted.text(study.tasks.count, "task")) ("
          + next.submissions().map { "job \($0.job)" }.joined(separator: ", ") + ")")
    }
    StandardStreams.finishFirst()
    try await rounds.finish(into: store)
    let session = try await StudySession.open(store: store, readOnly: true)
    let snapshot = await session.bus.currentSnapshot()
    await session.close()
    let searches = snapshot.searches.filter { $0.created == rounds.search.created }
    if json {
      try JSONOutput.print(["searches": searches.map { SearchReport($0, snapshot) }])
    } else {
      for search in searches { print(SearchLines.answer(search, snapshot)) }
      if let words = SearchLines.outcome(searches, snapshot) { print(words) }
    }
    if searches.contains(where: { $0.answer?.pick == nil }) {
      throw CommandError("nothing can be named: the sentence says why", status: 1)
    }
  }

  /// Shows how the study goes until its runs are done, or nothing runs or waits any more.
  private func lastView(of study: ClusterStudy, _ watch: SignalWatch) async throws -> ClusterView {
    var told: Set<Int> = []
    var remarks: Set<String> = []
    var idle = 0
    var newest = ClusterView(study, statuses: folder.statuses(study), states: [:])
    while watch.received == nil {
      do {
        newest = try await orders.view(study)
        // Between two starts a task may be nowhere for a moment.
        idle = newest.openTasks.isEmpty ? idle + 1 : 0
      } catch let refusal as Refusal {
        // A controller that is started again comes back; no sbatch at all does not.
        if ProgramCall.path(of: "squeue") == nil { throw refusal }
        newest.statuses = folder.statuses(study)
        if remarks.insert(refusal.line).inserted { line.note("\(refusal.line); asking again") }
      }
      for (task, status) in newest.statuses.sorted(by: { $0.key < $1.key }) {
        if status.state == .working, let what = status.what, remarks.insert("\(task) \(what)").inserted {
          line.note("task \(task) on \(status.host): \(what)")
        }
      }
      for place in study.runs.indices where !told.contains(place) {
        guard let run = newest.run(place), run.state.isTerminal else { continue }
        told.insert(place)
        line.note(words(study.runs[place], run))
      }
      line.show(
        newest.summary, fraction: Double(newest.done) / Double(max(1, study.runs.count)), detail: "")
      if newest.isOver || idle > 1 { break }
      try? await Task.sleep(for: .seconds(Self.interval))
    }
    return newest
  }

  private func words(_ plan: RunPlan, _ run: TaskStatus.Run) -> String {
    var text = "\(ClusterView.name(plan)): \(run.state.rawValue)"
    if let score = run.score { text += String(format: ", %.1f %%", 100 * score) }
    if let loss = run.loss { text += ", loss \(RunLine.loss(loss, decimals: 4))" }
    return text + (run.state == .done ? "" : run.reason.map { ": \($0)" } ?? "")
  }

  /// What went wrong, a line for each task.
  private func faults(_ view: ClusterView) async -> [String] {
    guard view.done < view.study.runs.count else { return [] }
    let submissions = folder.submissions()
    var view = view
    let ended = ClusterView.states(await slurm.ended(submissions.map(\.job)), submissions)
    view.states.merge(ended) { open, _ in open }
    let numbers = ClusterView.arrayTasks(submissions)
    return view.study.tasks.indices.compactMap { task in
      view.fault(task, output: numbers[task].flatMap { lastLine(folder.output($0)) })
    }
  }

  private func lastLine(_ file: URL) -> String? {
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    return text.split(whereSeparator: \.isNewline).last.map { OneLine.name(String($0)) }
  }

  // MARK: The store

  /// Takes the runs' logs into the store, in the plan's order.
  ///
  /// - Returns: the study's runs as they are there.
  private func merge(_ study: ClusterStudy) async throws -> [RunSummary] {
    var places: [RunPlan: Int] = [:]
    for (place, plan) in study.runs.enumerated() { places[plan] = places[plan] ?? place }
    var logs: [(place: Int, log: URL, identity: String)] = []
    for task in study.tasks.indices {
      for (log, header) in try RunLogs.all(in: folder.logs(of: task)) {
        var plan = header.plan
        plan.settings.output = nil
        logs.append((places[plan] ?? .max, log, header.identity))
      }
    }
    guard !logs.isEmpty else {
      throw CommandError("no run of this study has begun: there is nothing to take into the store", status: 1)
    }
    logs.sort { ($0.place, $0.log.path) < ($1.place, $1.log.path) }
    StandardStreams.finishFirst()
    let target = try RunStore(at: store, mode: .engine)
    defer { try? target.close() }
    let outcome = try await target.importLogs(logs.map(\.log))
    for remark in outcome.remarks { line.note(remark) }
    let own = Set(outcome.added + outcome.continued + outcome.unchanged)
    return try await target.readableRuns().runs.filter { own.contains($0.id) }
  }
}
