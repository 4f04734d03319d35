import Analysis
import Foundation
import Kernels
import Messages
import Recipe
import Training

/// Latencies of fleets: verbs measure them, or a person asks for a run's here, the store keeps them, and what they say of a study's combinations is answered here.
extension Engine {
  /// What names this machine in what is measured here.
  package static var machine: String { Machine.identity }

  func keep(_ fleets: [FleetMeasurement]) async throws {
    for run in fleets.compactMap(\.key.run) { _ = try known(run) }
    let kept = try await store.save(fleets)
    if kept < fleets.count {
      notice(
        .warning,
        "\(fleets.count - kept) of \(fleets.count) latencies of a fleet were measured on a busy machine, and the earlier ones are kept",
        run: nil)
    }
    bus.change { $0.engine.keptFleets += kept }
  }

  /// Measures in the background, with the machine to itself, as `Schedule.isProbing` keeps it.
  ///
  /// - Throws: `Refusal` while anything computes, and for a run without an adapter.
  func measureFleet(_ id: RunID, _ sequences: [Int]) async throws -> RunID {
    await catchUp()
    try checkNotEnding()
    guard !sequences.isEmpty, Set(sequences).count == sequences.count,
      sequences.allSatisfy({ (1...FleetLatencyOptions.mostSequences).contains($0) })
    else {
      throw Refusal(
        "a batch has 1 to \(FleetLatencyOptions.mostSequences) sequences, and each number is measured once",
        exitStatus: 64)
    }
    let run = try await withAdapters([id], toBe: "served")[0]
    // Much may have happened while the snapshot was waited for.
    let team = try takeMachine("a fleet is measured")
    let control = RunControl()
    fleetControl = control
    let session = FleetSession(run: run, sequences: sequences, environment: environment, control: control)
    bus.change { $0.engine.fleet = FleetProgress(run: id, sequences: sequences, fraction: 0) }
    publishStatus()
    Task {
      let outcome: Result<[FleetMeasurement]?, any Error>
      do { outcome = .success(try await Blocking.run { try session.measure(team) }) } catch {
        outcome = .failure(error)
      }
      await self.measuredFleet(id, outcome, team)
    }
    return id
  }

  private func measuredFleet(_ id: RunID, _ outcome: Result<[FleetMeasurement]?, any Error>, _ team: WorkerTeam) async {
    // Before the machine is free: an end that waits for that closes the store.
    do {
      if let measured = try outcome.get() {
        try await keep(measured)
        for fleet in measured { notice(fleet.latency.isBusy ? .warning : .good, Self.sentence(id, fleet), run: id) }
      } else {
        notice(.info, "the fleet of #\(id) was not measured to its end: nothing of it is kept", run: id)
      }
    } catch {
      notice(.warning, "the fleet of #\(id) was not kept: \(Failure.line(error))", run: nil)
    }
    fleetControl = nil
    freeMachine(team) { $0.engine.fleet = nil }
  }

  private static func sentence(_ id: RunID, _ fleet: FleetMeasurement) -> String {
    let latency = fleet.latency
    return String(
      format:
        "#%d: %d adapters like its own in one batch: TPOT %@%+.1f ± %.1f %% over the batch without, %+.1f %% by the bytes",
      Int(id), latency.sequences, latency.isBusy ? "(busy machine) " : "", latency.overheadPercent.estimate,
      latency.overheadPercent.halfWidth, latency.predictedPercent)
  }
}
