import ArgumentParser
import Engine
import Foundation
import Messages

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train one combination of modules, score it and measure its latency.",
    discussion: """
      Flags that are not given have the defaults below for a file of your own; a built-in task brings settings that suit it. All \
      that was resolved is printed before the first step.
      """)

  @OptionGroup var model: ModelFlags
  @OptionGroup var data: DataFlags
  @OptionGroup var form: DataFormFlags
  @Option(
    help: """
      Groups (qkv, o_proj, fc1, fc2), single modules (q_proj, …) or all, and vision for a model's vision tower, separated \
      by commas; @ names layers: o_proj@0-11, q_proj@0-3,5, fc2@12-, all@last:8.
      """)
  var targets: String
  @OptionGroup var flags: TrainingFlags
  @Option(help: .setting("seed")) var seed: UInt64?
  @Option(help: ArgumentHelp("Write the PEFT folder here.", valueName: "dir")) var output: String?
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func run() async throws {
    let targets = try TargetArgument.parse(targets)
    let session = try await StudySession.open(
      store: store.url, threads: flags.threads, evaluatesBase: !flags.noBaseline)
    var plan = try await PlanBuilder(session: session).plan(
      model: model, data: data, form: form, targets: targets, flags: flags)
    if let seed { plan.settings.seed = seed }
    plan.settings.output = output.map(Paths.absolute)
    let reservation = try await reserve(plan, session)
    ProgressLine().note(PlanText.describe(plan))

    let ids: [RunID]
    do { ids = try await session.queue(.queue(plan)) } catch {
      reservation?.release(nil)
      throw error
    }
    let baselines = await session.baselines(of: ids)
    let snapshot = await session.follow(ids + baselines)
    guard let id = ids.first, let run = snapshot.run(id) else {
      throw CommandError("the run did not start; the log has the reason", status: 70)
    }
    await session.close()
    if json.json {
      try JSONOutput.print(RunReport(run, base: snapshot.baseline(of: run.plan)))
    } else if run.state == .done {
      print(RunTable.text(baselines.compactMap { snapshot.run($0) } + [run]))
    }
    try session.exitIfInterrupted()
    if run.state != .done {
      // What this machine lacks is no fault of the run.
      throw CommandError(
        run.reason ?? "the run ended as \(run.state.rawValue)", status: run.failureStatus == 69 ? 69 : 1)
    }
    if let wish = plan.settings.output, let place = run.adapterPath, place != wish {
      throw CommandError(
        "run #\(id) is done, but \(wish) could not be written: its adapter is in \(place); "
          + "`lorascope runs export \(id) --peft DIR` copies it to another folder", status: 73)
    }
  }

  /// Before anything is computed: a folder that cannot be written, or that has something of a person's in it, ends the command.
  private func reserve(_ plan: RunPlan, _ session: StudySession) async throws -> OutputReservation? {
    guard let output = plan.settings.output else { return nil }
    let snapshot = await session.bus.currentSnapshot()
    try OutputPlaces(runs: snapshot.runs, folder: session.engine.folder).check(output, of: nil)
    let reservation = OutputReservation(folder: output, store: session.engine.folder.database)
    try reservation.take(for: nil) { snapshot.run($0).map { !$0.state.isTerminal } ?? false }
    return reservation
  }
}
