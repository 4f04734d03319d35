import Foundation
import HuggingFace
import Kernels
import Messages
import Recipe
import Training
import Transformer

/// What batches cost whose sequences have adapters like a finished run's own, each of them in memory of its own.
struct FleetSession: Sendable {
  let run: RunSummary
  let sequences: [Int]
  let environment: RunEnvironment
  let control: RunControl

  /// - Returns: one for each number of sequences; nil where it was ended before, or the program was suspended meanwhile.
  /// - Throws: `Refusal` for a base or an adapter that is not the run's any more, and what reading and measuring throw.
  func measure(_ team: WorkerTeam) throws -> [FleetMeasurement]? {
    let (base, adapter) = try environment.finished(run)
    let model = base.model
    var options = FleetLatencyOptions(
      latency: environment.options.latency.fitting(positions: model.configuration.maxPositions), sequences: sequences)
    // Each number is a measurement of its own.
    options.latency.timeCap *= Double(sequences.count)
    let adapters = try FleetAdapters.copies(options.adaptersNeeded, of: adapter)
    let loading = run.adapterPath.flatMap {
      try? AdapterLoading.seconds(of: URL(filePath: $0), configuration: model.configuration)
    }
    let clock = ContinuousClock()
    var reported = clock.now - .seconds(1)
    var watch = SuspensionWatch(now: clock.now)
    let measured = try FleetTiming.measure(base: model, adapters: adapters, options: options, team: team) { progress in
      watch.round(at: clock.now)
      // The screen is to rest while this is measured: one report a second.
      if clock.now - reported >= .seconds(1) {
        reported = clock.now
        let fraction = min(1, progress.seconds / max(progress.timeCap, 1e-9))
        let status = FleetProgress(run: run.id, sequences: sequences, fraction: fraction)
        environment.bus.change { $0.engine.fleet = status }
      }
      environment.options.whileProbing?(.latency)
      return !control.mustEnd && !watch.wasSuspended
    }
    guard let measured, !control.mustEnd, !watch.wasSuspended else { return nil }
    let specification = adapter.specification
    return measured.map { latency in
      var latency = latency
      latency.loadSeconds = loading
      return FleetMeasurement(
        key: FleetMeasurement.Key(
          run: run.id, baseFingerprint: base.summary.fingerprint, targets: run.adaptedTargets,
          parameters: specification.parameterCount(in: model.configuration), useDoRA: specification.useDoRA,
          sequences: latency.sequences, mix: latency.mix, type: latency.type, machine: Machine.identity,
          threads: team.threads),
        latency: latency, model: run.plan.model.displayName, time: Date().timeIntervalSince1970)
    }
  }
}

extension RunEnvironment {
  /// A finished run's base and adapter as they lie on disk.
  ///
  /// - Throws: `Refusal` where the adapter is gone, or the base is another one by now.
  func finished(_ run: RunSummary) throws -> (LoadedBase, LoRAAdapter) {
    guard let path = run.adapterPath, FileManager.default.fileExists(atPath: path) else {
      throw Refusal("the adapter of run \(run.id) is not there any more: \(run.adapterPath ?? "none")", exitStatus: 66)
    }
    let base = try bases.base(run.plan.model)
    if let before = run.prepared, before.baseFingerprint != base.summary.fingerprint {
      throw Refusal(
        "the base \(run.plan.model.displayName) is not the one that run \(run.id) was trained on: put that back",
        exitStatus: 65)
    }
    return (base, try PEFTAdapterFolder.read(URL(filePath: path), configuration: base.model.configuration))
  }
}
