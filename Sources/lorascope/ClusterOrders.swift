import Cluster
import Foundation
import Messages
import Recipe

/// What is asked of a study on a cluster as a whole, from the command line and from the dashboard on its folder.
struct ClusterOrders {
  /// Of a study, or of a search.
  let url: URL
  private let slurm: Slurm

  init(_ url: URL, slurm: Slurm = Slurm()) { (self.url, self.slurm) = (url, slurm) }

  var search: ClusterSearchFolder { ClusterSearchFolder(url) }

  /// Of a search that of its last round: the others are over.
  var folder: ClusterFolder { search.isOne ? search.round(max(1, search.rounds.count)) : ClusterFolder(url) }

  /// - Throws: `Refusal` where the scheduler does not answer.
  func view(_ study: ClusterStudy) async throws -> ClusterView {
    let submissions = folder.submissions()
    let answers = try await slurm.queue(submissions.map(\.job))
    return ClusterView(study, statuses: folder.statuses(study), states: ClusterView.states(answers, submissions))
  }

  /// Carries an order out.
  ///
  /// - Parameter changed: what tasks that are submitted again ask for; nil for what they asked for before.
  /// - Returns: what was done, one line.
  func carryOut(_ order: ClusterOrder, changed: ((ClusterOptions) -> ClusterOptions)? = nil) async throws -> String {
    let study = try folder.readStudy()
    switch order {
    case .hold, .release:
      let tasks = try await open()
      let wanted = tasks.count { $0.value.isHeld == (order == .release) }
      guard wanted > 0 else {
        return order == .hold ? "no task of this study runs or waits" : "no task of this study is paused"
      }
      if order == .hold {
        try await slurm.hold(tasks)
        return "paused \(Counted.text(wanted, "task")); what they had checkpointed is kept, and --release goes on"
      }
      try await slurm.release(tasks)
      return "\(Counted.text(wanted, "task")) may go on"
    case .cancel:
      let open = try await open()
      let jobs = Set(open.keys.map(\.job)).sorted()
      guard !jobs.isEmpty else { return "no task of this study runs or waits" }
      try await slurm.cancel(jobs)
      return
        "cancelled \(Counted.text(open.count, "task")) (\(names(jobs))); what they had checkpointed is kept, and --resubmit goes on"
    case .resubmit: return try await resubmit(study, changed)
    }
  }

  private func open() async throws -> [ArrayTask: SchedulerState] {
    try await slurm.queue(folder.submissions().map(\.job)).filter(\.value.isOpen)
  }

  private func resubmit(
    _ study: ClusterStudy, _ changed: ((ClusterOptions) -> ClusterOptions)?
  ) async throws -> String {
    let view = try await view(study)
    let tasks = view.toResubmit
    guard !tasks.isEmpty else {
      return "no task is over and lacks a run that could still come to its end: \(view.summary)"
    }
    let options = changed?(study.options) ?? study.options
    if options != study.options {
      var script = JobScript(options: options, program: try ClusterSubmitting.program(), folder: folder.url.path)
      if search.isOne { script.name = try search.read().jobName(round: search.rounds.count) }
      try folder.write(script: script.text)
    }
    try await slurm.test(folder.script.path)
    let jobs = try await ArraySubmission(
      folder, atMost: options.atMost, arraySize: options.arraySize, slurm: slurm
    ).submit(study, tasks)
    return "submitted \(tasks.count == 1 ? "task" : "tasks") \(TaskGrouping.ranges(tasks)) again (\(names(jobs)))"
  }

  private func names(_ jobs: [Int]) -> String { jobs.map { "job \($0)" }.joined(separator: ", ") }
}
