import Analysis
import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import Text

/// Makes the table of finished runs from which `regret` replays searches.
struct RowsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rows",
    abstract: "Train what a table of finished runs lacks, and write it: what `regret` judges searches by.",
    discussion: """
      Takes a plan as `sweep` does. With `rates` in it every combination is trained at each rate with the first seed, and with the other \
      seeds at the one that scored best on the tuning split. Every run is scored at a search's heats and at its end. What the file \
      holds already is not trained again; it is written anew after every run, so that a kill loses at most those under way.
      """)

  @Argument(help: ArgumentHelp("A plan (TOML).", valueName: "plan.toml")) var planFile: String
  @Option(help: ArgumentHelp("The table: begun, or gone on with.", valueName: "rows.jsonl")) var into: String
  @Option(help: ArgumentHelp("Begin no further run after so many minutes.", valueName: "number")) var minutes: Double?
  @Flag(help: "Do not probe the base.") var noProbe = false
  @Option(help: ArgumentHelp("Runs at once: auto measures what is faster.", valueName: "auto|number")) var jobs =
    JobsChoice.auto
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var store: StoreFlags

  func validate() throws {
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(minutes, "minutes", TrainingLimits.minutes)
  }

  func run() async throws {
    let path = Paths.absolute(planFile)
    guard FileManager.default.fileExists(atPath: path) else { throw CommandError("no plan '\(planFile)'", status: 66) }
    let plan = try SweepPlanFile.read(URL(fileURLWithPath: path))
    guard plan.search?.isSearch != true else {
      throw CommandError("'\(planFile)' is a search: a table holds whole runs, so leave its strategy out", status: 65)
    }
    try Self.check(plan, planFile)
    try PlanBuilder.check(plan)
    var table = StudyRows()
    if FileManager.default.fileExists(atPath: Paths.absolute(into)) {
      let bytes = try StandardStreams.contents(of: into, limit: 1 << 30)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandError("'\(into)' is not UTF-8 text", status: 65)
      }
      try table.read(text, name: into)
    }
    let session = try await StudySession.open(
      store: store.url, threads: threads, jobs: jobs.count, evaluatesBase: false)
    let writer = RowsWriter(
      session: session, plan: plan, table: table, file: into, deadline: minutes.map { .now + .seconds(60 * $0) },
      probes: !noProbe)
    try await writer.fill()
    await session.close()
    try session.exitIfInterrupted()
    print(writer.summary)
  }

  /// A row names its data by one word and its rate by one number.
  ///
  /// - Throws: `CommandError` with status 65.
  private static func check(_ plan: SweepPlan, _ file: String) throws {
    var known = Set<String>()
    for part in plan.parts {
      let name = part.data.displayName
      guard known.insert(name).inserted else {
        throw CommandError(
          "'\(file)' has two data sets named \(OneLine.name(name)), which a table cannot tell apart: rename a file",
          status: 65)
      }
      if plan.search?.rates != nil, !part.settings.learningRateByGroup.isEmpty {
        throw CommandError(
          "'\(file)' gives \(OneLine.name(name)) rates and single module groups rates of their own: leave one out",
          status: 65)
      }
    }
  }
}
