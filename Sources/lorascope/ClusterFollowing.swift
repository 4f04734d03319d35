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

  private var folder: ClusterFolder { cluster.place }

  // MARK: Orders

  func cancel() async throws {
    _ = try folder.readStudy()
    let submissions = folder.submissions()
    let open = try await slurm.queue(submissions.map(\.job)).filter { $0.value.isOpen }
    let jobs = Set(open.keys.map(\.job)).sorted()
    guard !jobs.isEmpty else { return line.note("no task of this study runs or waits") }
    try await slurm.cancel(jobs)
    print(
      "cancelled \(open.count) tasks (job \(jobs.map(String.init).joined(separator: ", "))); what they had checkpointed is kept, and --resubmit goes on"
    )
  }

  func resubmit() async throws {
    let study = try folder.readStudy()
    let view = try await view(study)
    let tasks = view.toResubmit
    guard !tasks.isEmpty else {
      return line.note("no task is over and lacks a run that could still come to its end: \(view.summary)")
    }
    let options = cluster.changed(study.options)
    if options != study.options {
      try folder.write(
        script: JobScript(options: options, program: try ClusterSubmitting.program(), folder: folder.url.path).text)
    }
    try await slurm.test(folder.script.path)
    let jobs = try await ClusterSubmitting(cluster, jobs: study.options.jobs, dryRun: false, json: json)
      .submit(study, tasks)
    print(
      "submitted \(tasks.count == 1 ? "task" : "tasks") \(TaskGrouping.ranges(tasks)) again (\(jobs.map { "job \($0)" }.joined(separator: ", ")))"
    )
  }

  /// - Throws: `Refusal` where the scheduler does not answer.
  private func view(_ study: ClusterStudy) async throws -> ClusterView {
    let submissions = folder.submissions()
    let answers = try await slurm.queue(submissions.map(\.job))
    return ClusterView(
      study, statuses: folder.statuses(study), states: ClusterView.states(answers, submissions))
  }

  // MARK: Following

  func follow() async throws {
    let study = try folder.readStudy()
    let watch = SignalWatch { _ in }
    let view = try await lastView(of: study, watch)
    line.finish()
    if let signal = watch.received {
      throw CommandError("interrupted; the cluster goes on, and the same again follows it", status: 128 + signal)
    }
    let faults = await faults(view)
    for fault in faults { line.note(fault) }
    let runs = try await merge(study)
    if json { try JSONOutput.print(StudyReport(runs)) } else { print(RunTable.text(runs)) }
    let done = runs.count { $0.state == .done }
    guard done == study.runs.count else {
      throw CommandError(
        "\(study.runs.count - done) of \(study.runs.count) runs did not finish; "
          + "`lorascope sweep --cluster slurm --folder \(JobScript.quoted(folder.url.path)) --resubmit` runs them again",
        status: 1)
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
        newest = try await view(study)
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
      if newest.done == study.runs.count || idle > 1 { break }
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
