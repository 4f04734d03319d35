import Foundation
import HuggingFace
import Messages
import Recipe
import Training

/// A run of a race: it stops at its heats to be scored on the tuning split, and waits or goes on. What it trains is the same to the
/// bit as without stops: a checkpoint holds all that the next step depends on, and scoring has caches of its own.
extension RunSession {
  /// Scores the heats that the run has come to and that it was not scored at before.
  ///
  /// - Returns: how the run gave the machine back; nil if it goes on.
  func race(_ prepared: PreparedTraining) throws -> RunOutcome? {
    guard let order = heatOrder else { return nil }
    let trainer = prepared.trainer
    let reached = (1...max(1, order.shares.count)).filter {
      order.step($0, of: trainer.totalSteps) <= trainer.stepIndex
    }
    let due = reached.filter { !scoredHeats.contains($0) }
    for heat in due {
      // A kill during the scoring comes back to this step.
      if !trainer.isFinished { close(\.training) }
      try saveOrWait(trainer, as: .training)
      guard !control.mustEnd, try score(heat, order, prepared) else { return end(prepared) }
    }
    if let last = order.waitsAfter, reached.contains(last) {
      return try wait(after: last, order, prepared)
    }
    if !due.isEmpty, !trainer.isFinished { report.state(.training) }
    return nil
  }

  /// False if the run's flag ended it before the last example.
  private func score(_ heat: Int, _ order: HeatOrder, _ prepared: PreparedTraining) throws -> Bool {
    let (trainer, data) = (prepared.trainer, prepared.data)
    let before = phases.evaluating
    let phase = EvaluationPhase(report: report, control: control, team: team)
    let answers = try phase.answers(
      to: data.tuning, base: prepared.base, adapter: prepared.adapter, tokenising: prepared.tokenising, data: data,
      writer: peft)
    guard let answers else { return false }
    close(\.evaluating)
    let results = answers.results
    let share = Double(team.threads) / Double(max(1, environment.threads))
    let summary = HeatSummary(
      heat: heat, heats: order.shares.count, step: trainer.stepIndex, totalSteps: trainer.totalSteps,
      loss: meanLoss(before: trainer.stepIndex), score: answers.scoreInterval(), examples: results.count,
      seconds: (phases.training + phases.evaluating) * share, scoringSeconds: (phases.evaluating - before) * share)
    report.emit(.heat(summary, scores: results.map(\.score), groups: results.map(\.group)))
    scoredHeats.insert(heat)
    return true
  }

  /// Of the last steps, those of an earlier start included.
  private func meanLoss(before step: Int) -> Double {
    let before = known.map { $0.losses.values(0..<min($0.losses.count, step - ownLosses.count)) } ?? []
    let last = (before + ownLosses).suffix(HeatSummary.lossSteps)
    return last.isEmpty ? .nan : last.reduce(0) { $0 + Double($1) } / Double(last.count)
  }

  /// Keeps what was trained so far and gives the machine back.
  private func wait(after heat: Int, _ order: HeatOrder, _ prepared: PreparedTraining) throws -> RunOutcome {
    let trainer = prepared.trainer
    if !trainer.isFinished {
      // What a run that leaves the race is left with. It is no result yet, so that the store is not told.
      let isWritten = try untilDone(as: .training, step: trainer.stepIndex) {
        try trainer.fetch()
        try save(prepared, to: ownAdapter)
        return true
      }
      guard isWritten else { return end(prepared) }
      reportResources()
    }
    report.state(
      .paused,
      reason: PauseReason.heat(heat, of: order.shares.count, step: trainer.stepIndex, total: trainer.totalSteps))
    return .paused
  }
}
