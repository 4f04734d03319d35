import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import Training

struct SweepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "A study: many combinations and seeds on one or several data sets.",
    discussion: """
      Each built-in task has settings that suit it on the embedded base; flags change them for all \
      data sets alike, and a file of your own has the defaults below. What is finished is \
      not run again, what a kill left goes on. Before the first run the speed of this machine is measured, for the \
      estimate and for how many runs go at once.
      """)

  /// For fewer runs measuring would take as long as it saves.
  private static let leastRunsToMeasure = 4

  @Argument(help: ArgumentHelp("A saved plan (TOML) instead of flags.", valueName: "plan.toml")) var planFile: String?
  @OptionGroup var model: ModelFlags
  @Option(
    help: ArgumentHelp(
      "Built-in tasks, files (JSONL, JSON, CSV, Parquet) or published data sets (medmcqa:PATH), by commas; 'all' for every "
        + "built-in task.", valueName: "names"))
  var data: String?
  @Option(help: ArgumentHelp("Evaluate files on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of a file for evaluation.", valueName: "share"))
  var evalShare: Double?
  @Option(help: "all, article, or combinations separated by semicolons: 'qkv;o_proj;o_proj+fc2'.")
  var combinations = "all"
  @Option(help: "Seeds, separated by commas; 0-3 are four (default: 0; of a search 0-2).") var seeds: String?
  @Flag(
    help: """
      Search instead of running all: combinations race on the tuning split, the worse ones leave at heats, the leaders are \
      confirmed with further seeds.
      """)
  var search = false
  @Option(
    help: ArgumentHelp(
      "Of a search: end with the best answer after so many minutes, for each data set.", valueName: "number"))
  var minutes: Double?
  @Option(help: ArgumentHelp("Of a search: most TPOT over the base's, in percent.", valueName: "percent"))
  var latencyBudget: Double?
  @Option(
    help: ArgumentHelp(
      "Of a search: go by the TPOT of a batch of so many adapters, over the same batch without, in place of one sequence's.",
      valueName: "number"))
  var fleet: Int?
  @Flag(
    inversion: .prefixedNo,
    help: """
      Of a search: how the first heats on other data sets of the same base ended, here or earlier in this store, orders and \
      shortens the shortlist (default: where there are several data sets).
      """)
  var shareHeats: Bool?
  @Option(help: ArgumentHelp("Tuning examples that are scored at each heat.", valueName: "number"))
  var tuningExamples: Int?
  @Option(
    help: ArgumentHelp(
      "Choose ranks so that each combination trains about so many parameters: a number, or a combination whose number at "
        + "the settings' rank is meant.", valueName: "number|targets"))
  var matchParameters: String?
  @Option(help: ArgumentHelp("Runs at once: auto measures what is faster.", valueName: "auto|number")) var jobs =
    JobsChoice.auto
  @Flag(help: "Measure again how fast runs go here.") var remeasure = false
  @Flag(help: "Run again what is finished already.") var noReuse = false
  @Flag(help: "Show the plan and its estimated time, and start nothing.") var dryRun = false
  @Option(
    help: ArgumentHelp(
      "Start nothing, and write the study as a task of SkyPilot (YAML), with its plan beside it.", valueName: "sky.yaml"
    ))
  var export: String?
  @OptionGroup var form: DataFormFlags
  @OptionGroup var flags: TrainingFlags
  @OptionGroup(title: "On a cluster") var cluster: ClusterFlags
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  /// It only looks at a study that a cluster has, or gives orders about it.
  private var hasOnlyFolder: Bool {
    cluster.isOn && planFile == nil && data == nil && (cluster.follow || cluster.isOfPresentStudy)
  }

  func validate() throws {
    if export != nil, cluster.isOn || dryRun || remeasure {
      throw ValidationError("--export starts nothing: leave out --cluster, --dry-run and --remeasure")
    }
    if cluster.isOfPresentStudy, planFile != nil || data != nil {
      throw ValidationError(
        "--hold, --release, --cancel and --resubmit are for a study that was submitted: leave out the plan and --data")
    }
    if cluster.isOn, shareHeats == true {
      throw ValidationError("on a cluster races go on at the same time: leave out --share-heats or --cluster")
    }
    if cluster.isOn, flags.threads != nil {
      throw ValidationError("on a cluster --cpus says how many threads a task has")
    }
    if hasOnlyFolder {
      if cluster.follow, !cluster.resubmit, cluster.asks {
        throw ValidationError(
          "what tasks ask for is said when they are submitted: --follow takes no more than --folder and --store")
      }
      return
    }
    if !search, planFile == nil, minutes != nil || latencyBudget != nil || fleet != nil {
      throw ValidationError("--minutes, --latency-budget and --fleet go with --search")
    }
    if !search, planFile == nil, shareHeats != nil { throw ValidationError("--share-heats goes with --search") }
    if !search, planFile == nil, flags.lr?.racing == nil, tuningExamples != nil {
      throw ValidationError("--tuning-examples goes with --search or with rates that race (--lr auto)")
    }
    try ArgumentRange.check(minutes, "minutes", TrainingLimits.minutes)
    try ArgumentRange.check(latencyBudget, "latency-budget", TrainingLimits.latencyBudgets)
    if let fleet { try ArgumentRange.check(fleet, "fleet", 1...FleetLatencyOptions.mostSequences) }
    try ArgumentRange.check(tuningExamples, "tuning-examples", TrainingLimits.counts)
    if planFile == nil, data == nil { throw ValidationError("give --data, or a saved plan") }
    if planFile != nil {
      if data != nil { throw ValidationError("give --data or a saved plan, not both") }
      var settings = RunSettings()
      flags.apply(to: &settings)
      form.put(into: &settings)
      let isPlain =
        combinations == "all" && seeds == nil && !search && minutes == nil && latencyBudget == nil
        && fleet == nil
        && tuningExamples == nil && shareHeats == nil
        && flags.lr == nil && matchParameters == nil && eval == nil && evalShare == nil
        && model.model == "builtin"
      guard isPlain, settings == RunSettings() else {
        throw ValidationError(
          "a saved plan says itself what is run: beside it there are only --jobs, --remeasure, --no-reuse, --no-baseline, "
            + "--dry-run, --threads, --store, and --cluster with what goes with it")
      }
    }
  }

  func run() async throws {
    let following = ClusterFollowing(cluster, store: store.url ?? StoreLocation.defaultStore(), json: json.json)
    try await following.carryOutOrders()
    if hasOnlyFolder { return cluster.follow ? try await following.follow() : () }
    // Several runs at once share a node: how many is said, and not measured on another machine.
    let jobs = cluster.isOn ? self.jobs.count ?? 1 : self.jobs.count
    let submitting = ClusterSubmitting(
      cluster, jobs: jobs ?? 1, dryRun: dryRun, json: json.json && !cluster.follow,
      evaluatesBase: !flags.noBaseline)
    if cluster.isOn { try submitting.checkHere() }
    let session = try await StudySession.open(
      store: store.url, threads: cluster.isOn ? cluster.threads : flags.threads, jobs: jobs,
      evaluatesBase: !flags.noBaseline)
    let plan = submitting.changed(try await sweepPlan(session))
    if cluster.isOn {
      if let searches = plan.searches { try ClusterSearching.check(searches) }
      try await submitting.checkScheduler(plan)
    }
    if let export { return try await SkyExport(path: export).write(plan, session, json.json) }
    if plan.searches != nil, remeasure || noReuse {
      throw CommandError(
        "--remeasure and --no-reuse are for whole runs: a search makes its own, and measures what it does not know",
        status: 64)
    }
    let line = ProgressLine()
    if cluster.isOn, let searches = plan.searches {
      try await ClusterSearching(cluster, submitting).submit(searches, session)
      if cluster.follow, !dryRun { try await following.follow() }
      return
    }
    if let searches = plan.searches { return try await run(searches, session, line) }
    var estimate = try await session.estimate(plan)
    if estimate.runsToDo >= Self.leastRunsToMeasure || remeasure {
      try await session.expect(.measureSpeed(plan, again: remeasure))
      await session.followSpeed(line)
      try session.exitIfInterrupted()
      estimate = try await session.estimate(plan)
    }
    for text in SweepText.lines(plan, estimate) { line.note(text) }
    if cluster.isOn {
      let isSubmitted = try await submitting.submit(plan, session)
      if isSubmitted, cluster.follow, !dryRun { try await following.follow() }
      return
    }
    if dryRun {
      await session.close()
      if json.json { try JSONOutput.print(SweepPlanReport(plan, estimate)) }
      return
    }
    let ids = try await session.queue(.sweep(plan))
    let baselines = await session.baselines(of: ids)
    let snapshot = await session.follow(ids + baselines)
    await session.close()
    let runs = (baselines + ids).compactMap { snapshot.run($0) }
    if json.json {
      try JSONOutput.print(StudyReport(runs))
    } else {
      print(RunTable.text(runs))
    }
    try session.exitIfInterrupted()
    let failed = runs.filter { $0.state != .done }
    if !failed.isEmpty {
      throw CommandError(
        "\(failed.count) of \(Counted.text(runs.count, "run")) did not finish; the table has the reasons", status: 1)
    }
  }

  private func run(_ searches: [SearchRequest], _ session: StudySession, _ line: ProgressLine) async throws {
    let promise = try await session.promise(searches, line)
    for text in SearchLines.promise(promise, searches) { line.note(text) }
    if dryRun {
      await session.close()
      if json.json { try JSONOutput.print(SearchPromiseReport(promise)) }
      return
    }
    try await SearchEnding(session: session, json: json.json).run(searches)
  }

  private func sweepPlan(_ session: StudySession) async throws -> SweepPlan {
    if let planFile {
      let path = Paths.absolute(planFile)
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandError("no plan '\(planFile)'", status: 66)
      }
      var plan = try SweepPlanFile.read(URL(fileURLWithPath: path))
      if noReuse { plan.reuseFinished = false }
      try PlanBuilder.check(plan)
      return plan
    }
    var parts: [SweepPlan.Part] = []
    for flags in try await dataFlags(session) {
      let plan = try await PlanBuilder(session: session)
        .plan(model: model, data: flags, form: form, targets: .all, flags: self.flags)
      if parts.contains(where: { $0.data == plan.data }) { continue }
      parts.append(SweepPlan.Part(data: plan.data, settings: plan.settings))
    }
    var plan = SweepPlan(
      model: model.reference, parts: parts,
      combinations: try TargetArgument.parseCombinations(
        combinations, of: ModelGroups.of(model.reference), flag: "combinations"),
      seeds: try seeds.map(SeedArgument.parse) ?? (search ? SearchRequest.seeds : [0]), reuseFinished: !noReuse)
    plan.parameterBudget = try await budget(session, plan)
    let rates = flags.lr?.racing
    if search || rates != nil {
      plan.search = SearchChoice(
        isSearch: search, rates: rates, secondsBudget: minutes.map { 60 * $0 }, latencyBudget: latencyBudget,
        fleet: fleet, tuningExamples: tuningExamples ?? SearchRequest.tuningExamples, sharesHeats: shareHeats)
    }
    return plan
  }

  /// One for each data set: all of them, or those that are named.
  private func dataFlags(_ session: StudySession) async throws -> [DataFlags] {
    let tasks = await session.bus.currentSnapshot().availableData.map(\.name)
    let text = data ?? ""
    // A file's name may hold a comma.
    let isFile = FileManager.default.fileExists(atPath: Paths.absolute(text))
    let names =
      text == "all"
      ? tasks : isFile ? [text] : text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    guard !names.isEmpty else { throw ValidationError("--data is empty") }
    func isTask(_ name: String) -> Bool { tasks.contains(String(name.prefix { $0 != "@" })) }
    if names.allSatisfy(isTask), eval != nil || evalShare != nil {
      throw ValidationError("the built-in tasks bring their own evaluation split: leave out --eval")
    }
    return try names.map { name in
      var flags = DataFlags()
      flags.data = name
      flags.eval = isTask(name) ? nil : eval
      flags.evalShare = isTask(name) ? nil : evalShare
      try flags.validate()
      return flags
    }
  }

  private func budget(_ session: StudySession, _ plan: SweepPlan) async throws -> Int? {
    guard let matchParameters else { return nil }
    if let number = Int(matchParameters.filter { $0 != "_" }) {
      try ArgumentRange.check(number, "match-parameters", TrainingLimits.budgets)
      return number
    }
    let targets = try TargetArgument.parse(matchParameters, flag: "match-parameters")
    try await session.expect(.selectModel(plan.model))
    guard let model = await session.bus.currentSnapshot().model, let settings = plan.parts.first?.settings else {
      return nil
    }
    return model.adapterParameters(targets, settings)
  }
}
