import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import Training
import Transformer

struct LatencyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "TPOT p50 and p95 of unmerged adapters, interleaved with the base, as overhead with an interval.",
    discussion: """
      Batch 1, greedy, with a KV cache. --adapter takes PEFT folders; --targets measures fresh adapters of that shape \
      (what an adapter costs does not depend on what it has learned). Run it on an otherwise idle machine.

      --run measures finished runs of the store again, as at their end, and stores what comes out where it is better than what \
      was there; --busy takes every run whose latency was measured while other programs had the cores. What is interrupted \
      loses nothing: runs that were measured stay so.

      --adapters N,… measures batches of N sequences with adapters of their own, over the same batches without: of --adapter folders, \
      of a run's adapter with --run, or of fresh adapters on --targets (default: all combinations).
      """)

  @OptionGroup var model: ModelFlags
  @Option(parsing: .upToNextOption, help: ArgumentHelp("PEFT adapter folders.", valueName: "dir"))
  var adapter: [String] = []
  @Option(help: "Fresh adapters on these targets: 'all', 'article' or 'qkv;o_proj+fc2' with semicolons between.")
  var targets: String?
  @Option(
    help: "LoRA rank for --targets; single module groups may have their own: 8,o_proj=16.",
    transform: GroupedArgument.read)
  var rank = GroupedValue<Int>(common: 8, byGroup: ByGroup())
  @Flag(help: "DoRA adapters for --targets.") var dora = false
  @Option(help: "Tokens in the cache before the first measured one.") var promptLength = 64
  @Option(help: "Measured tokens of a block.") var tokens = 32
  @Option(help: "Seconds after which no new round begins; three are taken in any case.") var timeCap = 60.0
  @Option(help: "Stop when every interval is this narrow to either side, percentage points.") var halfWidth = 1.0
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @Option(
    name: .customLong("run"), parsing: .upToNextOption,
    help: ArgumentHelp("Measure these finished runs again, and store it.", valueName: "number"))
  var runs: [RunID] = []
  @Flag(help: "Measure every run again that was measured on a busy machine.") var busy = false
  @OptionGroup var fleet: FleetFlags
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    struct Entry: Encodable {
      var name: String
      var tpotMs: TokenTime
      var overheadPercent: Interval
    }
    var baseTpotMs: TokenTime
    var adapters: [Entry]
    var rounds: Int
    var seconds: Double
    var coreShare: Double
  }

  func validate() throws {
    try ArgumentRange.rank(rank)
    if fleet.adapters != nil {
      if busy { throw ValidationError("--busy measures runs at batch 1: leave out --adapters") }
      if !runs.isEmpty, model.model != "builtin" { throw ValidationError("--run knows its base: leave out --model") }
    } else if !runs.isEmpty || busy {
      guard adapter.isEmpty, targets == nil else {
        throw ValidationError("--run and --busy measure runs of the store: leave out --adapter and --targets")
      }
    } else if adapter.isEmpty, targets == nil {
      throw ValidationError("give --adapter folders, --targets or both; or runs of the store with --run or --busy")
    }
    try ArgumentRange.threads(threads)
    try ArgumentRange.check(promptLength, "prompt-length", TrainingLimits.positions)
    try ArgumentRange.check(tokens, "tokens", TrainingLimits.positions)
    try ArgumentRange.check(timeCap, "time-cap", NumberRange(over: 0, to: 86_400))
  }

  func run() async throws {
    if let numbers = try fleet.numbers() { return try await measureFleets(numbers) }
    if !runs.isEmpty || busy {
      return try await RunLatencies(store: store.url, threads: threads, runs: runs, busy: busy, json: json.json).run()
    }
    let base = try LoadedModel.loadWeights(model.reference)
    var adapters: [(name: String, adapter: LoRAAdapter)] = []
    for path in adapter {
      guard let lora = try LoadedModel.adapter(path, for: base, of: model.reference) else { continue }
      adapters.append((path, lora))
    }
    if let targets {
      for targets in try TargetArgument.parseCombinations(targets, of: base.configuration.linears.groups) {
        let specification = try LoRASpecification(
          targets: targets, in: base.configuration, settings: rank.settings { $0.useDoRA = dora })
        adapters.append(
          (targets.label, try LoRAAdapter(specification: specification, base: base, seed: 0)))
      }
    }
    let options = LatencyOptions(
      promptLength: promptLength, tokensPerBlock: tokens, timeCap: timeCap, targetHalfWidth: halfWidth)
    let line = ProgressLine()
    let result = try Latency.measure(
      base: base, adapters: adapters, options: options, team: LoadedModel.team(threads)
    ) { progress in
      let width = progress.halfWidth.map { String(format: "  widest interval ± %.2f points", $0) } ?? ""
      line.show(
        "measuring", fraction: min(1, progress.seconds / progress.timeCap), detail: "round \(progress.round)\(width)")
      return true
    }
    line.finish()
    guard let result else { throw CommandError("not one round was finished: raise --time-cap", status: 65) }
    if let disturbance = CoreUse.disturbance(result.coreShare) {
      StandardStreams.note("warning: \(disturbance)")
    }
    if json.json {
      return try JSONOutput.print(
        Report(
          baseTpotMs: result.base,
          adapters: result.adapters.map {
            Report.Entry(name: $0.name, tpotMs: $0.time, overheadPercent: $0.overheadPercent)
          }, rounds: result.rounds, seconds: result.seconds,
          coreShare: result.coreShare))
    }
    let rows = [
      ["adapter", "p50 ms", "p95 ms", "overhead % over the base"],
      ["base", ms(result.base.p50), ms(result.base.p95), "–"],
    ]
    let measured = result.adapters.map { entry in
      let interval = entry.overheadPercent
      return [
        entry.name, ms(entry.time.p50), ms(entry.time.p95),
        String(format: "%+.2f [%+.2f, %+.2f]", interval.estimate, interval.low, interval.high),
      ]
    }
    print(RunTable.table(rows + measured).joined(separator: "\n"))
  }

  private func ms(_ value: Double) -> String { String(format: "%.3f", value) }
}

/// `latency --run` and `--busy`: finished runs of the store, measured again by the engine as the dashboard does it.
struct RunLatencies {
  let store: URL?
  let threads: Int?
  let runs: [RunID]
  let busy: Bool
  let json: Bool

  func run() async throws {
    let session = try await StudySession.open(store: store, threads: threads, mustExist: true)
    let ids = chosen(await session.bus.currentSnapshot())
    let line = ProgressLine()
    guard !ids.isEmpty else {
      line.note("no run of this store was measured on a busy machine")
      if json { try JSONOutput.print(StudyReport([])) }
      return await session.close()
    }
    try await session.require(ids)
    _ = try await session.queue(.measureLatency(ids))
    let snapshot = await follow(ids, session, line)
    await session.close()
    let measured = ids.compactMap { snapshot.run($0) }
    if json { try JSONOutput.print(StudyReport(measured)) } else { print(RunTable.text(measured)) }
    let left = measured.filter { $0.remeasuring != nil }
    if let signal = session.receivedSignal {
      let names = left.map { "\($0.id)" }.joined(separator: " ")
      throw CommandError(
        left.isEmpty
          ? "interrupted"
          : "interrupted; what was measured is stored, and `lorascope latency --run \(names)` does the rest",
        status: 128 + signal)
    }
    let problems = measured.compactMap { run in run.remeasuringProblem.map { "#\(run.id): \($0)" } }
    if !problems.isEmpty { throw CommandError(problems.joined(separator: "; "), status: 1) }
  }

  /// Those that are named, each once, and all that were measured on a busy machine if that is asked for.
  private func chosen(_ snapshot: Snapshot) -> [RunID] {
    var ids = runs
    if busy {
      ids += snapshot.runs.filter { run in
        run.latency?.isBusy == true && (run.state == .done || run.state == .stopped) && run.adapterPath != nil
      }.map(\.id)
    }
    var seen: Set<RunID> = []
    return ids.filter { seen.insert($0).inserted }
  }

  private func follow(_ ids: [RunID], _ session: StudySession, _ line: ProgressLine) async -> Snapshot {
    var newest = Snapshot()
    var open = Set(ids)
    for await snapshot in session.bus.snapshots() {
      newest = snapshot
      for id in ids where open.contains(id) {
        guard let run = snapshot.run(id), run.remeasuring == nil else { continue }
        open.remove(id)
        line.note(RunLine.finished(run))
      }
      if open.isEmpty || snapshot.engine.hasShutDown { break }
      if let run = ids.lazy.compactMap({ snapshot.run($0) }).first(where: { $0.remeasuring == .measuring }) {
        line.show(
          "[\(ids.count - open.count + 1)/\(ids.count)] #\(run.id) \(run.plan.data.displayName) "
            + "\(run.plan.targets.label) measuring", fraction: run.phaseProgress, detail: "")
      }
    }
    line.finish()
    return newest
  }
}
