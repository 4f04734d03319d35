import ArgumentParser
import Cluster
import Foundation
import Messages
import Recipe

/// The schedulers to which a study can be given.
enum ClusterKind: String, ExpressibleByArgument, CaseIterable {
  case slurm
}

/// `--cluster` and what goes with it, on `sweep`.
struct ClusterFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Have the runs trained by array tasks of a cluster.", valueName: "slurm"))
  var cluster: ClusterKind?
  @Option(help: ArgumentHelp("On a cluster: a folder that all nodes share.", valueName: "dir")) var folder: String?
  @Option(help: ArgumentHelp("Slurm's partition.", valueName: "name")) var partition: String?
  @Option(help: ArgumentHelp("Slurm's account.", valueName: "name")) var account: String?
  @Option(help: ArgumentHelp("Time limit of a task; what is left then goes on in the next start.", valueName: "time"))
  var time: String?
  @Option(
    help: ArgumentHelp(
      "Processors of a task (default: the whole node, of tasks that share nodes \(ClusterOptions.sharedCPUs)).",
      valueName: "number"))
  var cpus: Int?
  @Option(help: ArgumentHelp("Memory of a task, such as 8G (default: the partition's).", valueName: "size"))
  var memory: String?
  @Option(help: ArgumentHelp("Features that nodes must have.", valueName: "features")) var constraint: String?
  @Option(help: ArgumentHelp("Tasks at the same time.", valueName: "number")) var atMost: Int?
  @Option(help: ArgumentHelp("Most tasks of one array (default: what the cluster allows).", valueName: "number"))
  var arraySize: Int?
  @Option(help: ArgumentHelp("Runs are put together until a task takes so long (default: 10).", valueName: "number"))
  var minutesPerTask: Double?
  @Flag(help: "Let tasks share nodes: latency is not measured.") var shareNodes = false
  @Flag(help: "Show how a cluster's runs go until they have ended, and take them into the store.") var follow = false
  @Flag(help: "End a cluster's tasks; their checkpoints stay.") var cancel = false
  @Flag(help: "Submit again the tasks that are over and lack runs.") var resubmit = false
  @Flag(help: "Pause a cluster's tasks: they keep their checkpoints and give their nodes back.") var hold = false
  @Flag(help: "Let go on what --hold has paused.") var release = false

  var isOn: Bool { cluster != nil }

  /// It says what tasks ask for.
  var asks: Bool { options(jobs: 1) != ClusterOptions() }

  /// What is asked of a study that was submitted.
  var orders: [ClusterOrder] {
    let all: [(isAsked: Bool, order: ClusterOrder)] = [
      (cancel, .cancel), (hold, .hold), (release, .release), (resubmit, .resubmit),
    ]
    return all.filter(\.isAsked).map(\.order)
  }

  /// It is about a study that was submitted.
  var isOfPresentStudy: Bool { isOn && !orders.isEmpty }

  func validate() throws {
    let isAny =
      folder != nil || partition != nil || account != nil || time != nil || cpus != nil || memory != nil
      || constraint != nil || atMost != nil || arraySize != nil || minutesPerTask != nil || shareNodes || follow
      || !orders.isEmpty
    guard isOn else {
      if isAny {
        throw ValidationError(
          "what is said of a cluster (--folder, --partition, --follow, …) goes with --cluster slurm")
      }
      return
    }
    guard folder != nil else { throw ValidationError("--cluster needs --folder: one that all nodes share") }
    if orders.count > 1 { throw ValidationError("give one of --hold, --release, --cancel and --resubmit") }
    if cancel || hold, follow { throw ValidationError("--cancel and --hold go alone: there is nothing to follow") }
    if !orders.isEmpty, !resubmit, asks {
      throw ValidationError("what tasks ask for is said when they are submitted: leave that out here")
    }
    if resubmit, minutesPerTask != nil || shareNodes {
      throw ValidationError(
        "which runs are in which task was decided when the study was submitted: leave out --minutes-per-task "
          + "and --share-nodes")
    }
    try ArgumentRange.check(cpus, "cpus", 1...4096)
    try ArgumentRange.check(atMost, "at-most", 1...1_000_000)
    try ArgumentRange.check(arraySize, "array-size", 1...1_000_000)
    try ArgumentRange.check(minutesPerTask, "minutes-per-task", TrainingLimits.minutes)
    do { try options(jobs: 1).check() } catch { throw ValidationError(error.line) }
  }

  /// What is asked of the scheduler; whether nodes are shared is the plan's, too.
  func options(jobs: Int) -> ClusterOptions {
    var options = changed(ClusterOptions())
    options.jobs = jobs
    return options
  }

  /// Of a study that was submitted, with what is asked for otherwise now.
  func changed(_ options: ClusterOptions) -> ClusterOptions {
    var changed = options
    changed.partition = partition ?? options.partition
    changed.account = account ?? options.account
    changed.time = time ?? options.time
    changed.cpus = cpus ?? options.cpus
    changed.memory = memory ?? options.memory
    changed.constraint = constraint ?? options.constraint
    changed.atMost = atMost ?? options.atMost
    changed.arraySize = arraySize ?? options.arraySize
    return changed
  }

  var place: ClusterFolder {
    ClusterFolder(URL(filePath: Paths.absolute(folder ?? "."), directoryHint: .isDirectory))
  }

  /// Threads of a task, as far as this machine has them: what times are estimated with.
  var threads: Int? { cpus.map { min($0, ProcessInfo.processInfo.activeProcessorCount) } }

  var leastSeconds: Double { 60 * (minutesPerTask ?? 10) }
}
