import Kernels
import Messages
import Recipe
import Training
import Transformer

/// Scores a model on a run's evaluation examples, on the runner's own thread.
struct EvaluationPhase {
  let report: RunReport
  let control: RunControl
  let team: WorkerTeam

  /// - Parameter adapter: nil evaluates the base itself.
  /// - Returns: false if the run's flag ended it before the last example.
  func run(base: LoadedBase, adapter: LoRAAdapter?, tokenising: Tokenising, data: DataCatalogue.Resolved) throws -> Bool
  {
    report.state(.evaluating)
    let clock = ContinuousClock()
    var last = clock.now - .seconds(1)
    let result = try Evaluation.run(
      base: base.model, adapter: adapter, tokenizer: base.tokenizer, tokenising: tokenising,
      examples: data.evaluation, metric: data.metric, maxNewTokens: data.maxNewTokens, team: team
    ) { done, total, running in
      report.waitWhileHeld(control, as: .evaluating)
      if clock.now - last >= .milliseconds(50) || done == total {
        last = clock.now
        report.emit(.evaluationProgress(done: done, total: total, runningScore: running))
      }
      return !control.mustEnd
    }
    guard let result, !control.mustEnd else { return false }
    let outcomes = result.results
    for start in stride(from: 0, to: outcomes.count, by: 64) {
      report.emit(.examples(Array(outcomes[start..<min(start + 64, outcomes.count)])))
    }
    report.emit(.evaluated(result.summary))
    return true
  }
}
