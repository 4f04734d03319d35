import Analysis
import ArgumentParser
import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import Training
import Transformer

/// Flags of `latency` about many adapters in one batch.
struct FleetFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Batches of so many sequences, with adapters of their own, over the same batch without: at most 16 each.",
      valueName: "n,…"))
  var adapters: String?
  @Option(
    help: ArgumentHelp(
      "Who has which: each its own, drawn, drawn by Zipf's law, or all the same (default: distinct).",
      valueName: "distinct|uniform|skewed|identical"))
  var mix: AdapterMix?
  @Option(
    help: ArgumentHelp(
      "What steps read A and B in; bf16 rounds them and reads half the bytes (default: fp32).", valueName: "fp32|bf16"))
  var adapterDtype: AdapterType?
  @Option(
    help: ArgumentHelp("Say from how many adapters on the overhead is over this.", valueName: "percent"))
  var budget: Double?
  @Flag(help: "Also as many models with an adapter merged into each, one after the other, where they fit the memory.")
  var merged = false
  @Flag(help: "Store it, for recommend --fleet, report and runs; with --run it is stored anyway.") var keep = false

  /// Nil where no fleet is asked for.
  func numbers() throws -> [Int]? {
    try adapters.map {
      try BenchEvaluateCommand.numbers($0, "adapters", 1...FleetLatencyOptions.mostSequences)
    }
  }

  func validate() throws {
    _ = try numbers()
    try ArgumentRange.check(budget, "budget", NumberRange(over: 0, to: 1e6))
    guard adapters == nil else { return }
    for (name, isGiven) in [
      ("mix", mix != nil), ("adapter-dtype", adapterDtype != nil), ("budget", budget != nil), ("merged", merged),
      ("keep", keep),
    ] where isGiven {
      throw ValidationError("--\(name) belongs to --adapters: say how many in a batch")
    }
  }
}

extension AdapterMix: ExpressibleByArgument {}
extension AdapterType: ExpressibleByArgument {}

extension LatencyCommand {
  /// - Parameter numbers: of sequences in a batch.
  func measureFleets(_ numbers: [Int]) async throws {
    let options = FleetLatencyOptions(
      latency: LatencyOptions(
        promptLength: promptLength, tokensPerBlock: tokens, timeCap: timeCap, targetHalfWidth: halfWidth),
      sequences: numbers, mix: fleet.mix ?? .distinct)
    let session =
      fleet.keep || !runs.isEmpty
      ? try await StudySession.open(store: store.url, threads: threads, mustExist: !runs.isEmpty) : nil
    let chosen = try await summaries(session)
    let reference = chosen.first?.plan.model ?? model.reference
    let base = try LoadedModel.loadWeights(reference)
    try options.validate(maxPositions: base.configuration.maxPositions)
    let folder: URL =
      switch reference {
      case .builtin: try model.folder()
      case .folder(let path): URL(fileURLWithPath: path)
      }
    // Hashing a large base takes a while, and only some of what is asked for needs it.
    let fingerprint =
      session != nil || !adapter.isEmpty ? try ModelFolder.fingerprint(at: folder) : ""
    var sources: [FleetLatencies.Source] = []
    for run in chosen {
      guard run.prepared?.baseFingerprint == fingerprint else {
        throw CommandError(
          "the base \(reference.displayName) is not the one that run #\(run.id) was trained on: put that back",
          status: 65)
      }
      var source = try FleetLatencies.Source(
        folder: run.adapterPath ?? "", fingerprint: fingerprint, on: base, run: run.id)
      (source.name, source.targets) = (run.plan.targets.label, run.plan.targets)
      sources.append(source)
    }
    for path in adapter {
      sources.append(try FleetLatencies.Source(folder: path, fingerprint: fingerprint, on: base))
    }
    if targets != nil || sources.isEmpty {
      for targets in try TargetArgument.parseCombinations(
        targets ?? "all", of: base.configuration.linears.groups)
      {
        sources.append(try FleetLatencies.Source(targets, rank, dora: dora, on: base))
      }
    }
    try await FleetLatencies(
      model: reference, options: options, type: fleet.adapterDtype ?? .fp32, budget: fleet.budget,
      merges: fleet.merged,
      keeping: session.map { (session: $0, fingerprint: fingerprint) }, threads: threads, json: json.json
    ).run(sources, on: base)
    let signal = session?.receivedSignal
    await session?.close()
    if let signal { throw CommandError("interrupted; what was measured is stored", status: 128 + signal) }
  }

  /// The runs whose adapters are measured, of one base, each once.
  private func summaries(_ session: StudySession?) async throws -> [RunSummary] {
    guard let session, !runs.isEmpty else { return [] }
    try await session.require(runs)
    let snapshot = await session.bus.currentSnapshot()
    var seen: Set<RunID> = []
    let chosen = runs.filter { seen.insert($0).inserted }.compactMap { snapshot.run($0) }
    for run in chosen {
      guard let path = run.adapterPath, FileManager.default.fileExists(atPath: path) else {
        throw CommandError("run #\(run.id) has no adapter (it is \(run.state.rawValue))", status: 66)
      }
      guard run.plan.model == chosen[0].plan.model else {
        throw CommandError(
          "runs #\(chosen[0].id) and #\(run.id) are on different bases: measure one base at a time", status: 64)
      }
    }
    return chosen
  }
}
