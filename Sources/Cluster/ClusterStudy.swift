import Foundation
import Messages
import Recipe

/// What a cluster folder is for: the runs, and which task trains which. Written once, before anything is queued.
package struct ClusterStudy: Hashable, Codable, Sendable {
  package static let kind = "lorascope cluster study"
  /// The newest version that is read; studies of whole runs are of the first.
  package static let present = 2

  package var study = Self.kind
  package var version = 1
  /// The program that wrote it, with its version.
  package var engine: String
  package var host: String
  /// Seconds since 1970.
  package var created: Double
  /// Fingerprint of the base's weights and configuration.
  package var base: String
  /// Threads of a task that says no number of processors; nil for as many as it gets.
  package var options: ClusterOptions
  /// Evaluations of the base among them.
  package var runs: [RunPlan]
  /// Of each run, estimated where it was submitted; nil where nothing is known.
  package var seconds: [Double?]
  /// Places of runs, by task.
  package var tasks: [[Int]]
  /// Of a round of a search: how far each run goes; nil for one that goes to its end. Absent in a study of whole runs.
  package var heats: [HeatOrder?]?
  /// Of a round of a search: the log with which each run goes on, as a path from the folder of all rounds; nil for one that begins.
  package var sources: [String?]?

  package init(
    engine: String, host: String, created: Double, base: String, options: ClusterOptions, runs: [PlannedRun],
    leastSeconds: Double, heats: [HeatOrder?]? = nil, sources: [String?]? = nil
  ) {
    (self.heats, self.sources) = (heats, sources)
    // Of earlier versions nobody takes a round for whole runs.
    if heats != nil { version = 2 }
    (self.engine, self.host, self.created, self.base, self.options) = (engine, host, created, base, options)
    self.runs = runs.map { planned in
      var plan = planned.plan
      plan.settings.output = nil
      return plan
    }
    seconds = runs.map(\.seconds)
    tasks = TaskGrouping.tasks(seconds, least: leastSeconds)
  }

  /// The task of each run.
  package var taskOfRun: [Int] {
    var found = [Int](repeating: 0, count: runs.count)
    for (task, places) in tasks.enumerated() { for place in places { found[place] = task } }
    return found
  }

  /// How far a run goes; nil to its end.
  package func heats(of place: Int) -> HeatOrder? { heats?[place] }

  /// The log with which a run goes on.
  package func source(of place: Int) -> String? { sources?[place] }

  /// Estimated seconds of a task; nil where a run of it is not estimated.
  package func seconds(of task: Int) -> Double? {
    tasks[task].reduce(0.0 as Double?) { sum, place in sum.flatMap { sum in seconds[place].map { sum + $0 } } }
  }

  /// What a file says is trusted no further than this.
  var isWhole: Bool {
    seconds.count == runs.count && !runs.isEmpty
      && [heats?.count, sources?.count].allSatisfy { $0 == nil || $0 == runs.count }
      && (sources ?? []).allSatisfy { $0.map(Self.isInside) ?? true }
      && tasks.joined().sorted() == Array(runs.indices) && tasks.allSatisfy { !$0.isEmpty }
  }
}

extension ClusterStudy {
  /// A path that leads out of no folder.
  private static func isInside(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }
}

/// Tasks that were submitted together.
package struct ClusterSubmission: Hashable, Codable, Sendable {
  /// Slurm's number of the array.
  package var job: Int
  /// The task of the array's index 0.
  package var first: Int
  package var tasks: [Int]
  /// Seconds since 1970.
  package var time: Double

  package init(job: Int, first: Int, tasks: [Int], time: Double) {
    (self.job, self.first, self.tasks, self.time) = (job, first, tasks, time)
  }
}
