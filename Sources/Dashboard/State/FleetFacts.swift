import Messages
import Recipe
import Synchronization
import Terminal

/// What is known of fleets, asked for again with every one that is measured.
package struct FleetsRequest: Hashable, Sendable {
  /// `EngineStatus.keptFleets`.
  package var kept: Int
  /// Another engine may have measured some beside its runs.
  package var finishedRuns: Int
}

/// What batches of adapters cost, as it was measured on one machine, or follows from that.
package final class FleetFacts: Sendable {
  private struct Shape: Hashable {
    var targets: Targets
    var parameters: Int?
    var base: String
  }

  private let measured: [FleetMeasurement]
  /// What was worked out already: columns ask for it many times a frame.
  private let known = Mutex<[Shape: FleetOverhead?]>([:])
  /// Another one with every answer.
  let serial = Serial.next()

  /// - Parameters:
  ///   - all: the store's, oldest first.
  ///   - machine: this one, whose measurements come before those of others.
  package init(_ all: [FleetMeasurement], machine: String) { measured = all.ofOneMachine(preferring: machine) }

  package var isEmpty: Bool { measured.isEmpty }

  /// Of as many adapters like a run's as the scatter's axis speaks of; nil for one without an adapter, and where nothing of its base was
  /// measured.
  package func overhead(_ run: RunSummary) -> FleetOverhead? {
    guard !run.plan.isBaseline, let prepared = run.prepared else { return nil }
    let shape = Shape(
      targets: run.adaptedTargets, parameters: run.pruned?.parameters ?? prepared.trainableParameters,
      base: prepared.baseFingerprint)
    return known.withLock { known in
      if let overhead = known[shape] { return overhead }
      let overhead = measured.fleetOverhead(
        shape.targets, parameters: shape.parameters, on: shape.base, sequences: CombinationSummary.fleetSequences)
      known[shape] = .some(overhead)
      return overhead
    }
  }
}

extension Figure {
  /// `+7.1±0.3` where it was measured, `≈+7.1` where it is predicted.
  package static func fleet(_ overhead: FleetOverhead, glyphs: Glyphs) -> (text: String, style: Style) {
    guard let interval = overhead.interval, !overhead.isPredicted else {
      return ("\(glyphs.about)\(NumberFormat.fixed(overhead.percent, 1, signed: true))", .dim)
    }
    return (self.overhead(interval, glyphs: glyphs), .plain)
  }
}
