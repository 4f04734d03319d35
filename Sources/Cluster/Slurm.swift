import Foundation
import Recipe

/// Slurm through its own programs.
package struct Slurm: Sendable {
  /// Runs a program with arguments: ``ProgramCall/run(_:_:)``, but for tests.
  package typealias Call = @Sendable (String, [String]) async throws -> ProgramAnswer

  private let call: Call
  private static let usualArray = 1001

  package init(_ call: @escaping Call = { try await ProgramCall.run($0, $1) }) { self.call = call }

  // MARK: Before anything is queued

  /// Asks the scheduler whether it would take the script, and queues nothing.
  ///
  /// - Throws: `Refusal` (69) with what it complains of.
  package func test(_ script: String) async throws {
    let answer = try await call("sbatch", ["--test-only", script])
    guard answer.status == 0 else { throw Self.refusal(answer.complaint) }
  }

  /// In Slurm's words what is wrong, and what to do.
  static func refusal(_ complaint: String) -> Refusal {
    let text = complaint.lowercased()
    let advice =
      if text.contains("partition") {
        "name another with --partition (`sinfo` lists them)"
      } else if text.contains("account") {
        "name another with --account (`sacctmgr show associations user=$USER` lists them)"
      } else if text.contains("node configuration") || text.contains("memory") {
        "no node has that many processors, or that much memory: ask for less with --cpus or --memory"
      } else if text.contains("feature") {
        "no node has what --constraint asks for (`sinfo -o '%n %f'` lists features)"
      } else if text.contains("time") && !text.contains("timed out") {
        "--time takes minutes, or HOURS:MINUTES:SECONDS, within the partition's limit"
      } else if text.contains("credential") || text.contains("munge") || text.contains("clock") {
        "the clock here and that of the controller may differ by more than minutes: set them by NTP, and look at munge"
      } else if text.contains("contact") || text.contains("connect") || text.contains("timed out") {
        "the controller does not answer (`scontrol ping`): try again later"
      } else {
        "change what was asked for, or ask whoever runs the cluster"
      }
    return Refusal("Slurm refuses the tasks: \(complaint); \(advice)", exitStatus: 69)
  }

  /// Most tasks of one array.
  package func largestArray() async -> Int {
    guard let answer = try? await call("scontrol", ["show", "config"]), answer.status == 0 else {
      return Self.usualArray
    }
    return max(1, SlurmAnswers.largestArray(answer.output) ?? Self.usualArray)
  }

  /// Names of all nodes, in the cluster's order; empty where that is not told.
  package func nodes() async -> [String] {
    guard let answer = try? await call("sinfo", ["--noheader", "--Node", "--format=%n"]), answer.status == 0 else {
      return []
    }
    var known: Set<String> = []
    return answer.output.split(whereSeparator: \.isWhitespace).map(String.init).filter { known.insert($0).inserted }
  }

  // MARK: Jobs

  /// Submits one array.
  ///
  /// - Parameters:
  ///   - tasks: indices in the array.
  ///   - output: sbatch's pattern of the files in which tasks say something.
  ///   - first: what the script adds to them.
  ///   - after: an array that has to be over before.
  /// - Returns: the job's number.
  package func submit(
    _ script: String, tasks: [Int], first: Int, atMost: Int?, output: String, after: Int? = nil
  ) async throws -> Int {
    let arguments = Self.arguments(script, tasks: tasks, first: first, atMost: atMost, output: output, after: after)
    let answer = try await call("sbatch", arguments)
    guard answer.status == 0 else { throw Self.refusal(answer.complaint) }
    guard let job = SlurmAnswers.job(answer.output) else {
      throw Refusal("sbatch printed no job number, but '\(answer.complaint)'", exitStatus: 74)
    }
    return job
  }

  /// What `sbatch` is called with.
  package static func arguments(
    _ script: String, tasks: [Int], first: Int, atMost: Int?, output: String, after: Int? = nil
  ) -> [String] {
    let array = TaskGrouping.ranges(tasks) + (atMost.map { "%\($0)" } ?? "")
    return ["--parsable", "--array=\(array)", "--output=\(output)"]
      + (after.map { ["--dependency=afterany:\($0)"] } ?? []) + [script, "\(first)"]
  }

  /// Tasks that run or wait.
  ///
  /// - Throws: `Refusal` where the scheduler does not answer; that says nothing of the tasks.
  package func queue(_ jobs: [Int]) async throws -> [ArrayTask: SchedulerState] {
    guard !jobs.isEmpty else { return [:] }
    let list = jobs.map(String.init).joined(separator: ",")
    let answer = try await call(
      "squeue", ["--noheader", "--array", "--jobs=\(list)", "--format=\(SlurmAnswers.queueFormat)"])
    // It has forgotten jobs that ended minutes ago.
    if answer.status != 0, answer.complaint.lowercased().contains("invalid job id") { return [:] }
    guard answer.status == 0 else {
      throw Refusal("squeue does not answer: \(answer.complaint)", exitStatus: 69)
    }
    return SlurmAnswers.queue(answer.output)
  }

  /// Arrays of this name that run or wait, in the order in which they were submitted.
  ///
  /// - Throws: `Refusal` where the scheduler does not answer.
  package func jobs(named name: String) async throws -> [Int] {
    let answer = try await call("squeue", ["--noheader", "--name=\(name)", "--format=%F"])
    guard answer.status == 0 else { throw Refusal("squeue does not answer: \(answer.complaint)", exitStatus: 69) }
    return Set(answer.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }).sorted()
  }

  /// How tasks ended, as far as the cluster keeps that: from accounting, else from the controller, which forgets it after minutes.
  package func ended(_ jobs: [Int]) async -> [ArrayTask: SchedulerState] {
    guard !jobs.isEmpty else { return [:] }
    let list = jobs.map(String.init).joined(separator: ",")
    let arguments = [
      "--noheader", "--parsable2", "--allocations", "--duplicates", "--jobs=\(list)", "--format=JobID,State,NodeList",
    ]
    if let answer = try? await call("sacct", arguments), answer.status == 0 {
      let found = SlurmAnswers.accounting(answer.output)
      if !found.isEmpty { return found }
    }
    var found: [ArrayTask: SchedulerState] = [:]
    for job in jobs {
      guard let answer = try? await call("scontrol", ["--oneliner", "show", "job", "\(job)"]), answer.status == 0 else {
        continue
      }
      found.merge(SlurmAnswers.jobs(answer.output)) { $1 }
    }
    return found
  }

  package func cancel(_ jobs: [Int]) async throws {
    guard !jobs.isEmpty else { return }
    let answer = try await call("scancel", jobs.map(String.init))
    guard answer.status == 0 || answer.complaint.lowercased().contains("invalid job id") else {
      throw Refusal("scancel: \(answer.complaint)", exitStatus: 69)
    }
  }

  /// Lets nothing more begin: what waits is held, and what runs is told to end, goes back into the queue and is held there.
  package func hold(_ tasks: [ArrayTask: SchedulerState]) async throws {
    let open = tasks.filter { $0.value.isOpen && !$0.value.isHeld }
    try await control("hold", open.filter(\.value.isWaiting).map(\.key))
    try await control("requeuehold", open.filter { !$0.value.isWaiting }.map(\.key))
  }

  /// Lets go on what is held.
  package func release(_ tasks: [ArrayTask: SchedulerState]) async throws {
    try await control("release", tasks.filter(\.value.isHeld).map(\.key))
  }

  private func control(_ order: String, _ tasks: [ArrayTask]) async throws {
    guard !tasks.isEmpty else { return }
    let names = tasks.sorted { ($0.job, $0.index) < ($1.job, $1.index) }.map { "\($0.job)_\($0.index)" }
    let answer = try await call("scontrol", [order, names.joined(separator: ",")])
    guard answer.status == 0 else { throw Refusal("scontrol \(order): \(answer.complaint)", exitStatus: 69) }
  }

  /// Asks for a running task's return to the queue.
  ///
  /// Nobody else asks for it, and the task has some seconds left: a controller that is away for a moment is asked again.
  ///
  /// - Throws: `Refusal` (69) with the last complaint.
  package func requeue(_ job: String, tries: Int = 6, pause: Duration = .seconds(2)) async throws {
    var complaint = "it was not asked"
    for number in 0..<tries {
      if number > 0 { try await Task.sleep(for: pause) }
      let answer = try await call("scontrol", ["requeue", job])
      if answer.status == 0 { return }
      complaint = answer.complaint
    }
    throw Refusal("scontrol requeue \(job): \(complaint); --resubmit lets the task go on", exitStatus: 69)
  }
}
