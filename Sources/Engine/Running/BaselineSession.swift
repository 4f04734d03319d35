import Foundation
import Kernels
import Messages
import Training

/// The evaluation of the base itself: what a runner does for a plan without targets.
struct BaselineSession {
  let id: RunID
  let plan: RunPlan
  let control: RunControl
  let environment: RunEnvironment
  let team: WorkerTeam

  func run() -> RunOutcome {
    let report = RunReport(id: id, environment: environment)
    let clock = ContinuousClock()
    let began = clock.now
    do {
      report.state(.preparing)
      let base = try environment.bases.base(plan.model)
      for note in base.notices { report.notice(.warning, "#\(id): \(note)") }
      let data = try DataCatalogue.resolve(plan)
      report.emit(
        .prepared(
          PreparedRun(
            totalSteps: 0, trainableParameters: 0, baseParameters: base.summary.parameterCount, modules: [],
            trainingExamples: 0, truncatedExamples: 0, droppedExamples: 0, evaluationExamples: data.evaluation.count,
            baseFingerprint: base.summary.fingerprint, instructionSet: InstructionSet.current.rawValue,
            threads: team.threads, machine: Machine.identity)))
      var phases = PhaseSeconds()
      phases.preparing = (clock.now - began) / .seconds(1)
      let phase = EvaluationPhase(report: report, control: control, team: team)
      let tokenising = try base.tokenising(plan.settings)
      if !data.evaluation.isEmpty, try !phase.run(base: base, adapter: nil, tokenising: tokenising, data: data) {
        // Paused or saved, it begins again when it goes on.
        return report.end(control.order, at: .evaluatingBase)
      }
      phases.evaluating = (clock.now - began) / .seconds(1) - phases.preparing
      report.emit(.phases(phases))
      report.emit(
        .resources(
          peakMemoryBytes: PeakMemory.bytes, tokensPerSecond: 0, wallSeconds: (clock.now - began) / .seconds(1)))
      report.state(.done)
      return .ended(.done)
    } catch {
      return control.order == .abandon ? .abandoned : report.failed(error)
    }
  }
}
