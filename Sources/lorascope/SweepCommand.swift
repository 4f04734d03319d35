import ArgumentParser
import Foundation
import Messages
import Studies

struct SweepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Train many combinations and seeds under one set of hyper-parameters.",
    discussion: """
      Flags that are not given have the defaults below for a file of your own; a built-in task brings settings that suit it.
      """)

  @Argument(help: ArgumentHelp("A saved plan (TOML) instead of flags.", valueName: "plan.toml")) var planFile: String?
  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A built-in task, or a JSONL, JSON or CSV file.", valueName: "task|file")) var data:
    String?
  @Option(help: ArgumentHelp("Evaluate on this file.", valueName: "file")) var eval: String?
  @Option(help: ArgumentHelp("Hold out this share (0 to 1) of the file for evaluation.", valueName: "share"))
  var evalShare: Double?
  @Option(help: "all, article, or combinations separated by semicolons: 'qkv;o_proj;o_proj+fc2'.")
  var combinations = "all"
  @Option(help: "Seeds, separated by commas.") var seeds = "0"
  @Option(help: "Runs at once.") var jobs = 1
  @Flag(help: "Run again what is finished already.") var noReuse = false
  @OptionGroup var form: DataFormFlags
  @OptionGroup var flags: TrainingFlags
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if planFile == nil, data == nil { throw ValidationError("give --data, or a saved plan") }
    if jobs < 1 { throw ValidationError("--jobs must be at least 1, not \(jobs)") }
  }

  func run() async throws {
    let session = try await StudySession.open(
      store: store.url, threads: flags.threads, jobs: jobs, evaluatesBase: !flags.noBaseline)
    let plan = try await sweepPlan(session)
    let ids = try await session.queue(.sweep(plan))
    let baselines = await session.baselines(of: ids)
    let line = ProgressLine()
    line.note("\(plan.combinations.count) combinations × \(plan.seeds.count) seeds: \(ids.count) runs in the study")
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
      throw CommandError("\(failed.count) of \(runs.count) runs did not finish; the table has the reasons", status: 1)
    }
  }

  private func sweepPlan(_ session: StudySession) async throws -> SweepPlan {
    if let planFile {
      let path = Paths.absolute(planFile)
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandError("no plan '\(planFile)'", status: 66)
      }
      return try SweepPlanFile.read(URL(fileURLWithPath: path))
    }
    var dataFlags = DataFlags()
    dataFlags.data = data ?? ""
    dataFlags.eval = eval
    dataFlags.evalShare = evalShare
    try dataFlags.validate()
    let base = try await PlanBuilder(session: session)
      .plan(model: model, data: dataFlags, form: form, targets: .all, flags: flags)
    return SweepPlan(
      model: base.model, data: [base.data], combinations: try TargetArgument.parseCombinations(combinations),
      seeds: try Self.parseSeeds(seeds), settings: base.settings, reuseFinished: !noReuse)
  }

  static func parseSeeds(_ text: String) throws -> [UInt64] {
    let seeds = try text.split(separator: ",").map { part in
      guard let seed = UInt64(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("--seeds takes whole numbers separated by commas, not '\(part)'")
      }
      return seed
    }
    if seeds.isEmpty { throw ValidationError("--seeds is empty") }
    return seeds
  }
}
