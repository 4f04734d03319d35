import Messages
import Recipe

/// A study on a cluster as it stands: what its tasks say of themselves, and what the scheduler says of them.
package struct ClusterView: Sendable {
  package var study: ClusterStudy
  package var statuses: [Int: TaskStatus]
  /// By task; those that the scheduler knows nothing of are missing.
  package var states: [Int: SchedulerState]
  private let taskOfRun: [Int]

  package init(_ study: ClusterStudy, statuses: [Int: TaskStatus], states: [Int: SchedulerState]) {
    (self.study, self.statuses, self.states) = (study, statuses, states)
    taskOfRun = study.taskOfRun
  }

  /// The scheduler's number of each task: that of its last submission.
  package static func arrayTasks(_ submissions: [ClusterSubmission]) -> [Int: ArrayTask] {
    var found: [Int: ArrayTask] = [:]
    for submission in submissions {
      for task in submission.tasks { found[task] = ArrayTask(job: submission.job, index: task - submission.first) }
    }
    return found
  }

  /// The scheduler's answers by task.
  package static func states(
    _ answers: [ArrayTask: SchedulerState], _ submissions: [ClusterSubmission]
  ) -> [Int: SchedulerState] {
    arrayTasks(submissions).compactMapValues { answers[$0] }
  }

  // MARK: Runs

  package func run(_ place: Int) -> TaskStatus.Run? {
    statuses[taskOfRun[place]]?.runs.first { $0.place == place }
  }

  package func isOpen(_ task: Int) -> Bool { states[task]?.isOpen == true }

  /// Tasks that run or wait.
  package var openTasks: [Int] { study.tasks.indices.filter(isOpen) }

  /// Runs that are done; in a round of a search those that have come to their heat.
  package var done: Int { study.runs.indices.count { !isMissing($0) } }

  private func isMissing(_ place: Int) -> Bool { run(place)?.isReached(study.heats(of: place)) != true }

  /// Nothing that is missing could still come: a race takes a run that has diverged for what it is.
  package var isOver: Bool {
    study.runs.indices.allSatisfy { !isMissing($0) || study.heats != nil && run($0)?.hasDiverged == true }
  }

  /// Tasks that are over and lack a run which another start may bring to its end.
  package var toResubmit: [Int] {
    study.tasks.indices.filter { task in
      !isOpen(task) && study.tasks[task].contains { isMissing($0) && run($0)?.hasDiverged != true }
    }
  }

  // MARK: Words

  /// `5 of 12 runs done, 2 at work, 1 failed; tasks: 2 on node1, 1 waits (Priority)`.
  package var summary: String {
    let end = study.heats?.contains { $0 != nil } == true ? "at their heat" : "done"
    var parts = ["\(done) of \(study.runs.count) runs \(end)"]
    // What a killed task was at it says for ever.
    let active = openTasks.compactMap { statuses[$0] }.filter { $0.state == .working }.flatMap(\.runs)
      .count { $0.state.isActive }
    let failed = study.runs.indices.count { run($0)?.state == .failed }
    if active > 0 { parts.append("\(active) at work") }
    if failed > 0 { parts.append("\(failed) failed") }
    let counts = Dictionary(grouping: openTasks.compactMap { self.states[$0]?.words }) { $0 }.mapValues(\.count)
    let tasks = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    return parts.joined(separator: ", ")
      + (tasks.isEmpty ? "; no task runs or waits" : "; tasks: \(tasks.joined(separator: ", "))")
  }

  /// What went wrong with a task that is over and lacks runs; nil where nothing did.
  ///
  /// - Parameter output: the last line that it printed.
  package func fault(_ task: Int, output: String?) -> String? {
    guard !isOpen(task), study.tasks[task].contains(where: isMissing) else { return nil }
    let scheduler = states[task].map { " (Slurm: \($0.words))" } ?? ""
    let name = "task \(task)"
    guard let status = statuses[task] else {
      let said = output.map { ", and said: \($0)" } ?? ""
      return "\(name) never began\(scheduler)\(said); is this folder to be seen on the nodes, and the program there?"
    }
    let failed = study.tasks[task].compactMap { place in
      run(place).flatMap { run in
        run.state == .failed ? "\(Self.name(study.runs[place])): \(run.reason ?? "failed")" : nil
      }
    }
    switch status.state {
    case .refused: return "\(name) on \(status.host): \(status.what ?? "it could not work there")\(scheduler)"
    case .interrupted: return "\(name) was told to end on \(status.host)\(scheduler); its checkpoints are kept"
    case .ended: return "\(name): \(failed.joined(separator: "; "))"
    case .working: return "\(name) ended on \(status.host) without a word\(scheduler); what it had checkpointed is kept"
    }
  }

  /// `medmcqa qkv+fc2 seed 1`.
  package static func name(_ plan: RunPlan) -> String {
    plan.isBaseline
      ? "\(plan.data.displayName) base" : "\(plan.data.displayName) \(plan.targets.label) seed \(plan.settings.seed)"
  }
}
