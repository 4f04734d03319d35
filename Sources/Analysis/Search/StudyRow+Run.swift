import Messages
import Recipe

/// A row of the table from a run of the store.
extension StudyRow {
  /// A run that was scored at heats on its way and has come to its end, or has diverged.
  ///
  /// - Parameters:
  ///   - order: by which it was scored.
  ///   - evaluation: of the evaluation split, in any order; empty where it was not scored.
  ///   - overhead: TPOT over the base's in percent, where it is known.
  ///   - energy: the probe's.
  /// - Returns: nil for a run of another kind.
  package init?(
    _ run: RunSummary, heats scores: [HeatScores], by order: HeatOrder, evaluation: [ExampleOutcome],
    overhead: Double?, energy: Double?
  ) {
    guard run.state == .done || run.hasDiverged, let prepared = run.prepared, run.totalSteps > 0 else { return nil }
    let summaries = run.heats ?? []
    var heats: [Heat] = []
    for score in scores.sorted(by: { $0.heat < $1.heat }) {
      guard order.shares.indices.contains(score.heat - 1),
        let summary = summaries.first(where: { $0.heat == score.heat }),
        // What was scored late, after a start without heats, is no score of this heat.
        score.step == order.step(score.heat, of: run.totalSteps)
      else { continue }
      heats.append(
        Heat(
          share: order.shares[score.heat - 1], step: score.step, outcomes: OutcomeText(score.scores),
          seconds: summary.scoringSeconds ?? 0))
    }
    guard run.hasDiverged || heats.last?.share == 1 else { return nil }
    let scoring = heats.reduce(0) { $0 + $1.seconds }
    let phases = run.phases ?? PhaseSeconds()
    // Several runs at once share the machine: what the last heat says of the time is this run's share, phases are all of it.
    let training = summaries.last.map { max(0, $0.seconds - scoring) } ?? phases.training
    let share = phases.training > 0 && run.state == .done ? min(1, training / phases.training) : 1
    // The loss that ended a run that diverged is not finite, which JSON has no word for.
    let losses = Array(run.losses.values(0..<run.losses.count).prefix { $0.isFinite })
    self.init(
      task: run.plan.data.displayName, base: prepared.baseFingerprint, targets: run.plan.targets,
      rate: run.plan.settings.learningRate, seed: run.plan.settings.seed, steps: run.totalSteps,
      losses: SearchPlan.blockMeans(losses, steps: run.totalSteps), heats: heats,
      evaluation: OutcomeText(evaluation.sorted { $0.index < $1.index }.map(\.score)),
      trainSeconds: run.hasDiverged ? phases.training : training,
      evaluateSeconds: max(0, phases.evaluating * share - scoring), latencySeconds: phases.measuring,
      overhead: overhead, parameters: prepared.trainableParameters, energy: energy, diverged: run.hasDiverged)
  }
}
