import Builtin
import Cluster
import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import RunStore
import Training
import Transformer

/// `sweep --cluster slurm`: a plan's runs as array tasks.
struct ClusterSubmitting {
  let cluster: ClusterFlags
  let jobs: Int
  let dryRun: Bool
  let json: Bool
  /// Runs are seen against the base.
  let evaluatesBase: Bool
  private let arrays: ArraySubmission
  private let slurm = Slurm()
  private let line = ProgressLine()

  init(_ cluster: ClusterFlags, jobs: Int, dryRun: Bool, json: Bool, evaluatesBase: Bool) {
    (self.cluster, self.jobs, self.dryRun, self.json) = (cluster, jobs, dryRun, json)
    self.evaluatesBase = evaluatesBase
    arrays = ArraySubmission(cluster.place, atMost: cluster.atMost, arraySize: cluster.arraySize)
  }

  struct Report: Encodable {
    struct Task: Encodable {
      var task: Int
      var runs: [String]
      var estimatedSeconds: Double?
    }

    var folder: String
    var script: String
    /// Slurm's numbers of the arrays; none of a dry run.
    var jobs: [Int]
    var tasks: [Task]
  }

  /// What can be known before the plan is.
  func checkHere() throws {
    if dryRun { return }
    if ProgramCall.path(of: "sbatch") == nil {
      throw CommandError(
        "there is no sbatch here: submit from a login node of the cluster, or see with --dry-run what would be submitted",
        status: 69)
    }
    try cluster.place.requireNew()
  }

  /// Whether the scheduler would take such tasks at all: asked before anything is measured here.
  func checkScheduler(_ plan: SweepPlan) async throws {
    if dryRun { return }
    let options = options(isExclusive: plan.parts.contains { $0.settings.measureLatency })
    let file = FileManager.default.temporaryDirectory.appending(path: "lorascope-\(UUID().uuidString).sh")
    defer { try? FileManager.default.removeItem(at: file) }
    let script = JobScript(options: options, program: try Self.program(), folder: cluster.place.url.path)
    do { try Data(script.text.utf8).write(to: file) } catch {
      throw CommandError("cannot write \(file.path): \(error.localizedDescription)", status: 73)
    }
    try await slurm.test(file.path)
  }

  func options(isExclusive: Bool) -> ClusterOptions { cluster.options(jobs: jobs).alone(isExclusive) }

  /// Of tasks that share nodes no latency is measured; and races that go on at the same time know nothing of each other.
  func changed(_ plan: SweepPlan) -> SweepPlan {
    guard cluster.isOn else { return plan }
    var plan = plan
    if plan.search?.sharesHeats == nil { plan.search?.sharesHeats = false }
    guard cluster.shareNodes else { return plan }
    for index in plan.parts.indices { plan.parts[index].settings.measureLatency = false }
    return plan
  }

  /// Submits what of the plan is not finished, and ends the session before anything is queued.
  ///
  /// - Returns: false where nothing is to be done.
  func submit(_ plan: SweepPlan, _ session: StudySession) async throws -> Bool {
    guard case .runsToDo(let runs) = try await answer(.runsToDo(plan), session) else {
      throw CommandError("the engine did not say what is to be done", status: 70)
    }
    try await session.expect(.selectModel(plan.model))
    let base = await session.bus.currentSnapshot().model?.fingerprint
    await session.close()
    try session.exitIfInterrupted()
    guard !runs.isEmpty, let base else {
      line.note("nothing is to be done: every run of the plan is finished in this store")
      return false
    }
    let options = options(isExclusive: runs.contains { $0.plan.settings.measureLatency })
    try checkMemory(runs.map(\.plan), options)
    let study = ClusterStudy(
      engine: Lorascope.configuration.version, host: LogWriter.thisHost, created: Date().timeIntervalSince1970,
      base: base,
      options: options, runs: runs, leastSeconds: cluster.leastSeconds)
    let script = JobScript(options: options, program: try Self.program(), folder: cluster.place.url.path)
    describe(study)
    if dryRun {
      try await show(study, script)
      return true
    }
    try await queue(study, script, plan)
    return true
  }

  static func program() throws -> String {
    guard let program = BuiltinBase.executableURL()?.path else {
      throw CommandError("cannot find the running program's own file", status: 69)
    }
    return program
  }

  private func answer(_ query: Query, _ session: StudySession) async throws -> Reply {
    let reply = await session.bus.ask(query)
    guard case .refused(let refusal) = reply else { return reply }
    try session.exitIfInterrupted()
    throw refusal
  }

  // MARK: Saying

  private func describe(_ study: ClusterStudy) {
    let known = study.tasks.indices.compactMap(study.seconds(of:))
    var text = "\(Counted.text(study.runs.count, "run")) in \(Counted.text(study.tasks.count, "array task"))"
    if known.count == study.tasks.count, let least = known.min(), let most = known.max() {
      let (low, high) = (ProgressLine.duration(least), ProgressLine.duration(most))
      text += ", estimated \(low == high ? low : "\(low) to \(high)") each by the speed of this machine"
    } else {
      text += "; how long runs of some kinds take is not known here, so that each of them is a task of its own"
    }
    line.note(text)
    line.note(
      study.options.isExclusive
        ? "each task asks for a node of its own, since latency is measured (--share-nodes leaves that out)"
        : "tasks may share nodes with others: no latency is measured")
  }

  private func show(_ study: ClusterStudy, _ script: JobScript) async throws {
    let all = TaskGrouping.arrays(
      Array(study.tasks.indices), size: cluster.arraySize ?? ArraySubmission.usualSize)
    if json { return try JSONOutput.print(report(study, [])) }
    print(script.text)
    for array in all {
      let arguments = Slurm.arguments(
        cluster.place.script.path, tasks: array.tasks.map { $0 - array.first }, first: array.first,
        atMost: cluster.atMost,
        output: JobScript.output(in: cluster.place.url.path))
      print("# sbatch \(arguments.joined(separator: " "))")
    }
  }

  /// - Parameter folder: of a search that of a round; nil for the study's own.
  func report(_ study: ClusterStudy, _ jobs: [Int], in folder: ClusterFolder? = nil) -> Report {
    let place = folder ?? cluster.place
    return Report(
      folder: place.url.path, script: place.script.path, jobs: jobs,
      tasks: study.tasks.indices.map { task in
        Report.Task(
          task: task, runs: study.tasks[task].map { ClusterView.name(study.runs[$0]) },
          estimatedSeconds: study.seconds(of: task))
      })
  }

  // MARK: Queueing

  private func queue(_ study: ClusterStudy, _ script: JobScript, _ plan: SweepPlan) async throws {
    let folder = cluster.place
    try folder.requireNew()
    try folder.make()
    try await checkFolder()
    try folder.write(script: script.text)
    try await slurm.test(folder.script.path)
    // For people: a plan that no file can say is in study.json all the same.
    try? SweepPlanFile.write(plan, to: folder.plan)
    try folder.write(study)
    let submitted = try await arrays.submit(study, Array(study.tasks.indices))
    if json { return try JSONOutput.print(report(study, submitted)) }
    print("submitted \(submitted.map { "job \($0)" }.joined(separator: ", ")) from \(folder.url.path)")
    print("follow: lorascope sweep --cluster slurm --folder \(JobScript.quoted(folder.url.path)) --follow")
  }

  /// What can be known of the folder before a task looks for it on its node.
  func checkFolder() async throws {
    let here = LogWriter.thisHost.prefix { $0 != "." }
    let others = await slurm.nodes().filter { $0.prefix { $0 != "." } != here }
    let path = cluster.place.url.path
    if let remark = try FolderProbe(cluster.place.url).check(path, others: others) { line.note(remark) }
  }

  // MARK: Memory

  /// The weights and adapters of a run have to fit in any case; what its examples need depends on their lengths.
  func checkMemory(_ plans: [RunPlan], _ options: ClusterOptions) throws {
    guard let model = plans.first?.model else { return }
    let outline = try ModelFolder.outline(at: ModelPlace.folder(of: model))
    let adapters = try plans.filter { !$0.isBaseline && $0.settings.initialAdapter == nil }.map { plan in
      try TrainingMemory.adapter(
        LoRASpecification(targets: plan.targets, in: outline.configuration, settings: plan.settings),
        in: outline.configuration)
    }
    let least = outline.byteCount + (adapters.max() ?? 0) * options.jobs
    guard let asked = try options.memoryBytes() else { return }
    if asked < least {
      throw CommandError(
        "--memory \(options.memory ?? "") is less than weights and adapter of a run need, "
          + "\(MemoryShortage.text(least)) and more for its examples: ask for more", status: 69)
    }
  }
}
