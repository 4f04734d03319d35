import ArgumentParser
import Engine
import Foundation
import Messages

/// `--replay`: a store's runs in the dashboard as if they were trained now.
struct ReplayFlags: ParsableArguments {
  @Flag(name: .customLong("replay"), help: "Show the store's runs as if they were trained now; nothing is written.")
  var isOn = false
  @Option(
    help: ArgumentHelp("Seconds of the study that a second of the replay shows (default: 10).", valueName: "number"))
  var speed: Double?
  @Option(
    name: .customLong("plan"),
    help: ArgumentHelp("Replay only the runs of this study.", valueName: "plan.toml"))
  var planFile: String?

  func validate() throws {
    if !isOn, speed != nil || planFile != nil { throw ValidationError("--speed and --plan go with --replay") }
    try ArgumentRange.check(speed, "speed", ReplayClock.speeds)
  }

  /// A bus whose engine replays, with the first frame; the clock goes.
  func open(store: URL?, threads: Int?) async throws -> MessageBus {
    let bus = MessageBus()
    // No log either: nothing is written.
    let options = EngineOptions(store: store, threads: threads, readOnly: true)
    let engine = try await ReplayEngine(options: options, bus: bus, plan: try plan(), speed: speed ?? 10)
    await engine.start()
    return bus
  }

  private func plan() throws -> SweepPlan? {
    guard let planFile else { return nil }
    let path = Paths.absolute(planFile)
    guard FileManager.default.fileExists(atPath: path) else { throw CommandError("no plan '\(planFile)'", status: 66) }
    return try SweepPlanFile.read(URL(fileURLWithPath: path))
  }
}
