import Foundation
import Kernels
import Messages
import Training

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
      let result = try measure(trained, report)
      if control.mustEnd { return end(report) }
      guard let result, let summary = LatencySummary(result) else {
        throw StudyError("no latency block could be measured", exitStatus: 74)
      }
      if let disturbance = result.disturbance { report.notice(.warning, "#\(id): \(disturbance)") }
      for (index, block) in result.blocks.enumerated() {
        report.emit(
          .latencyBlock(block: index, isBase: block.variant == 0, millisecondsPerToken: block.milliseconds))
      }
      report.emit(.latencyMeasured(summary))
      report.emit(.latencyProgress(done: 100, total: 100))
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
    } catch {
      return control.order == .abandon ? .abandoned : report.failed(error)
    }
  }

  /// A measurement during which the program was suspended is thrown away and repeated.
  private func measure(_ trained: TrainedRun, _ report: RunReport) throws -> LatencyResult? {
    let clock = ContinuousClock()
    let options = environment.options.latency.fitting(positions: trained.base.model.configuration.maxPositions)
    while true {
      var reported = clock.now - .seconds(1)
      var watch = SuspensionWatch(now: clock.now)
      let result = try Latency.measure(
        base: trained.base.model, adapters: [("run \(id)", trained.adapter)], options: options,
        team: team
      ) { progress in
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

  private func end(_ report: RunReport) -> RunOutcome {
    switch control.order {
    case .abandon: return .abandoned
    case .discard:
      try? FileManager.default.removeItem(at: environment.folder.run(id))
      report.state(.cancelled, reason: "discarded while its latency was measured")
      return .ended(.cancelled)
    case .stop:
      report.state(.stopped, reason: "trained and scored; stopped while its latency was measured")
      return .ended(.stopped)
    default:
      report.state(.paused, reason: control.order == .save ? PauseReason.saved : nil)
      return .paused
    }
  }
}
