import Engine
import Foundation
import Messages
import Recipe
import Testing

/// A search that goes by the TPOT of a batch of adapters: measured where it was, measured by groups before the race, else predicted.
@Suite(.timeLimit(.minutes(10))) struct SearchFleetTests {
  private func request(_ study: SearchStudy, change: (inout SearchRequest) -> Void = { _ in }) -> SearchRequest {
    study.request([.oProj, .fc2, .all]) {
      $0.settings.measureLatency = true
      $0.latencyBudget = 1e6
      $0.fleet = 4
      change(&$0)
    }
  }

  static func measured(
    _ targets: Targets, _ percent: Double, _ model: ModelSummary, sequences: Int = 4
  ) -> FleetMeasurement {
    let parameters = model.adapterParameters(targets, rank: 2)
    return FleetMeasurement(
      key: FleetMeasurement.Key(
        baseFingerprint: model.fingerprint, targets: targets, parameters: parameters, useDoRA: false,
        sequences: sequences, mix: .distinct, machine: Engine.machine, threads: 1),
      latency: FleetLatency(
        sequences: sequences, mix: .distinct, different: sequences, p50: 2, p95: 3, baseP50: 1, baseP95: 2,
        overheadPercent: Interval(estimate: percent, low: percent - 1, high: percent + 1),
        bytes: FleetBytes(base: 100_000, caches: 800, adapter: 4 * parameters), adapterMemoryBytes: 9, blocks: 8,
        coreShare: 1), model: "tiny", time: 1)
  }

  @Test func groupsAreMeasuredInABatchBeforeTheRace() async throws {
    let study = try SearchStudy()
    var options = study.tiny.options()
    options.probeLatencySeconds = 0.01
    try await withEngine(options) { bus, engine in
      for wrong in [0, 17] {
        let asked = request(study) { $0.fleet = wrong }
        let refusal = await bus.refused(.search([asked]))
        #expect(refusal.contains("1 to 16 adapters"))
      }
      _ = await bus.accepted(.selectModel(study.tiny.model))
      let model = try #require(await bus.currentSnapshot().model)
      // What was measured of a whole combination stays; the others follow from the look's groups.
      _ = await bus.accepted(.keepFleets([Self.measured(.oProj, 7, model)]))
      _ = await bus.accepted(.search([request(study)]))
      let search = try await bus.answered()
      #expect(search.plan.fleet == 4 && search.plan.look?.measuresLatency == true)
      let known = try #require(search.plan.prior(of: .oProj))
      #expect(known.overhead?.estimate == 7 && known.overheadIsPredicted != true)
      for targets in [Targets.fc2, .all] {
        let prior = try #require(search.plan.prior(of: targets))
        #expect(prior.overhead != nil && prior.overheadIsPredicted == true)
      }
      let kept = try await engine.store.searches()
      #expect(kept.count == 1 && kept.first?.plan == search.plan)
      // A budget that nothing fits is refused with its fleet.
      let hopeless = request(study) { $0.latencyBudget = -1e6 }
      _ = await bus.accepted(.search([hopeless]))
      let refused = try await bus.answered(2)
      let sentence = refused.answer?.sentence ?? ""
      #expect(sentence.contains("% for a fleet of 4: "), "\(sentence)")
    }
  }

  @Test func withoutALookWhatIsPredictedIsMarked() async throws {
    let study = try SearchStudy()
    try await withEngine(study.tiny.options()) { bus, _ in
      let unmeasured = request(study) { $0.settings.measureLatency = false }
      #expect(await bus.refused(.search([unmeasured])).contains("for a fleet of 4 needs the TPOT"))
      _ = await bus.accepted(.selectModel(study.tiny.model))
      let model = try #require(await bus.currentSnapshot().model)
      _ = await bus.accepted(
        .keepFleets([Self.measured(.oProj, 7, model), Self.measured(.fc2, 9, model, sequences: 2)]))
      _ = await bus.accepted(.search([unmeasured]))
      let search = try await bus.answered()
      #expect(search.plan.prior(of: .oProj)?.overheadIsPredicted != true)
      for targets in [Targets.fc2, .all] {
        #expect(search.plan.prior(of: targets)?.overheadIsPredicted == true)
      }
    }
  }
}
