import Analysis
import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// TPOT of one trained run beside the base, on the runner's own thread.
struct LatencyMeasurement {
  let id: RunID
  let plan: RunPlan
  let control: RunControl
  let environment: RunEnvironment
  let team: WorkerTeam

  func run(_ trained: TrainedRun) -> RunOutcome {
    let report = RunReport(id: id, environment: environment)
    let clock = ContinuousClock()
    let began = clock.now
    do {
      report.state(.measuring)
      let beside = trained.compared.map { [$0.whole] + $0.parts } ?? []
      let measured = try measure(trained.base, trained.adapter, beside: beside, report)
      if control.mustEnd { return report.end(control.order, at: .measuring) }
      guard let (result, summary) = measured else {
        throw Refusal("no latency block could be measured", exitStatus: 74)
      }
      emit(result, summary, report)
      if let compared = trained.compared { report.emit(.pruned(compared.result.measured(result))) }
      report.emit(
        .resources(
          peakMemoryBytes: trained.peakMemoryBytes, tokensPerSecond: trained.tokensPerSecond,
          wallSeconds: trained.wallSeconds + (clock.now - began) / .seconds(1)))
      var phases = trained.phases
      phases.measuring += (clock.now - began) / .seconds(1)
      report.emit(.phases(phases))
      environment.removeCheckpoints(of: id)
      report.state(.done)
      return .ended(.done)
    } catch is PEFTWorker.CalledOff {
      return report.end(control.order, at: .measuring)
    } catch {
      return report.failed(error)
    }
  }

  private func emit(_ result: LatencyResult, _ summary: LatencySummary, _ report: RunReport) {
    if let disturbance = CoreUse.disturbance(result.coreShare) { report.notice(.warning, "#\(id): \(disturbance)") }
    // Of what was measured beside it the summaries are kept.
    for (index, block) in result.blocks.filter({ $0.variant < 2 }).enumerated() {
      report.emit(.latencyBlock(block: index, isBase: block.variant == 0, millisecondsPerToken: block.milliseconds))
    }
    report.emit(.latencyMeasured(summary))
    report.emit(.latencyProgress(done: 100, total: 100))
  }

  /// - Parameter others: measured in the same rounds; not by PEFT, which has one adapter.
  /// - Returns: nil where not even one round was measured.
  private func measure(
    _ base: LoadedBase, _ adapter: LoRAAdapter, beside others: [LoRAAdapter] = [], _ report: RunReport
  ) throws -> (result: LatencyResult, summary: LatencySummary)? {
    let options = environment.options.latency.fitting(positions: base.model.configuration.maxPositions)
    if plan.settings.engine == .peft { return try measureByPEFT(base, adapter, options, report) }
    let adapters = [("run \(id)", adapter)] + others.enumerated().map { ("beside \($0)", $1) }
    let result = try repeated(report) { progress in
      try Latency.measure(base: base.model, adapters: adapters, options: options, team: team, progress: progress)
    }
    guard let result, let summary = LatencySummary(here: result) else { return nil }
    return (result, summary)
  }

  /// The same blocks, decoded by PEFT: what the adapter costs there says nothing of what it costs here.
  private func measureByPEFT(
    _ base: LoadedBase, _ adapter: LoRAAdapter, _ options: LatencyOptions, _ report: RunReport
  ) throws -> (result: LatencyResult, summary: LatencySummary)? {
    let launch = PEFTLaunch(id: id, plan: plan, environment: environment, control: control, threads: team.threads)
    let worker = try launch.worker()
    defer { worker.end() }
    try launch.load(worker, base: base, adapter: adapter)
    let configuration = base.model.configuration
    let prompt = Latency.prompt(
      of: options.promptLength, vocabulary: configuration.vocabularySize, imageToken: configuration.vision?.imageToken,
      seed: options.seed)
    let result = try repeated(report) { progress in
      try Latency.measure(names: ["run \(id)"], options: options, progress: progress) { variant, tokens in
        try worker.block(adapted: variant > 0, prompt: prompt, tokens: tokens)
      }
    }
    guard let result, var summary = LatencySummary(result) else { return nil }
    // What other programs took of the cores, this one does not see of another.
    summary.coreShare = nil
    summary.machine = try launch.machine(worker)
    return (result, summary)
  }

  /// A measurement during which the program was suspended is thrown away and repeated.
  private func repeated(
    _ report: RunReport, _ measure: ((LatencyProgress) -> Bool) throws -> LatencyResult?
  ) throws -> LatencyResult? {
    let clock = ContinuousClock()
    while true {
      var reported = clock.now - .seconds(1)
      var watch = SuspensionWatch(now: clock.now)
      let result = try measure { progress in
        watch.round(at: clock.now)
        // The screen is to rest while this is measured: one report a second.
        if clock.now - reported >= .seconds(1) {
          reported = clock.now
          let share = min(1, progress.seconds / max(progress.timeCap, 1e-9))
          report.emit(.latencyProgress(done: Int(share * 100), total: 100))
        }
        return !control.mustEnd && !watch.wasSuspended
      }
      if !watch.wasSuspended || control.mustEnd { return result }
      report.notice(.info, "#\(id): the latency measurement was interrupted and begins again")
    }
  }

  // MARK: A finished run

  /// Measurements of a finished run before a busy machine is put up with: who asks for one wants a quiet one.
  private static let attempts = 2

  /// Measures a finished run again. Its state, its steps and its adapter stay as they are, and so do its figures until a better
  /// measurement is whole: an end at any moment loses nothing.
  func again(_ known: RunSummary) -> Remeasurement {
    let report = RunReport(id: id, environment: environment)
    do {
      let (base, adapter) = try environment.finished(known)
      var best: (result: LatencyResult, summary: LatencySummary)?
      for _ in 0..<Self.attempts {
        guard let measured = try measure(base, adapter, report) else {
          throw Refusal("no latency block could be measured", exitStatus: 74)
        }
        if control.mustEnd { return .calledOff }
        if measured.result.coreShare > best?.result.coreShare ?? -1 { best = measured }
        if !CoreUse.isBusy(measured.result.coreShare) { break }
      }
      guard let (best, summary) = best else { return .calledOff }
      guard summary.mayReplace(known.latency) else {
        return .kept(
          "the machine was busy (other programs took \(CoreUse.takenPercent(best.coreShare)) % of the cores), "
            + "and the earlier measurement is kept")
      }
      emit(best, summary, report)
      report.notice(
        summary.isBusy ? .warning : .good,
        String(
          format: "#%d measured again: TPOT %+.1f ± %.1f %% over the base", Int(id), summary.overheadPercent.estimate,
          summary.overheadPercent.halfWidth))
      return .measured
    } catch {
      return control.mustEnd ? .calledOff : .kept(Failure.line(error))
    }
  }
}

/// How measuring a finished run again ended.
enum Remeasurement: Sendable {
  /// A new measurement is stored.
  case measured
  /// A person or the engine's end called it off.
  case calledOff
  /// There is no better one: why, one line.
  case kept(String)
}

extension LatencySummary {
  /// What was measured on this machine.
  init?(here result: LatencyResult) {
    self.init(result)
    machine = Machine.identity
  }

  /// One of the adapters that were measured together.
  init(here result: LatencyResult, _ adapter: AdapterLatency) {
    self.init(
      p50: adapter.time.p50, p95: adapter.time.p95, baseP50: result.base.p50, baseP95: result.base.p95,
      overheadPercent: adapter.overheadPercent, blocks: result.blocks.count, coreShare: result.coreShare)
    machine = Machine.identity
  }

  /// A measurement on a quiet machine takes the place of any other; one on a busy machine only of one that was busier, so that
  /// what was good never gives way to what is not.
  package func mayReplace(_ other: LatencySummary?) -> Bool {
    guard let other, isBusy else { return true }
    return other.isBusy && (coreShare ?? 0) > (other.coreShare ?? 0)
  }
}

extension PrunedAdapter {
  /// With the TPOT of the whole adapter and of the baselines, which were measured behind it in the same rounds.
  func measured(_ result: LatencyResult) -> PrunedAdapter {
    var measured = self
    let others = result.adapters.dropFirst().map { LatencySummary(here: result, $0) }
    measured.whole = others.first
    for (place, latency) in others.dropFirst().enumerated() where measured.baselines.indices.contains(place) {
      measured.baselines[place].latency = latency
    }
    return measured
  }
}

extension LatencyOptions {
  /// A small model may have too few positions for the usual block.
  func fitting(positions: Int) -> LatencyOptions {
    var options = self
    let room = positions - 2
    options.tokensPerBlock = max(1, min(tokensPerBlock, room / 2))
    options.promptLength = max(1, min(promptLength, room - options.tokensPerBlock))
    return options
  }
}

/// Tells from the times of a measurement's rounds that the program was suspended in the middle of one.
package struct SuspensionWatch {
  private var last: ContinuousClock.Instant
  private var longest: Duration?
  package private(set) var wasSuspended = false

  package init(now: ContinuousClock.Instant) { last = now }

  /// A round that takes more than two seconds and twenty times as long as any before it was not only measured.
  package mutating func round(at now: ContinuousClock.Instant) {
    let taken = now - last
    last = now
    if let longest, taken > .seconds(2), taken > longest * 20 { wasSuspended = true }
    longest = max(longest ?? taken, taken)
  }
}
