import Foundation
import Kernels
import Messages
import Recipe
import Text
import Training
import Transformer

/// Scores a model on a run's evaluation examples, on the runner's own thread.
struct EvaluationPhase {
  let report: RunReport
  let control: RunControl
  let team: WorkerTeam

  /// - Parameters:
  ///   - adapter: nil evaluates the base itself.
  ///   - writer: what writes the answers, where that is not this program.
  ///   - isFormatFree: the base is scored with examples before its prompts and by the likelihood of options too.
  /// - Returns: false if the run's flag ended it before the last example.
  func run(
    base: LoadedBase, adapter: LoRAAdapter?, tokenising: Tokenising, data: DataCatalogue.Resolved,
    writer: (any AnswerWriting)? = nil, isFormatFree: Bool = false
  ) throws -> Bool {
    guard
      let result = try answers(
        to: data.evaluation, base: base, adapter: adapter, tokenising: tokenising, data: data, writer: writer)
    else { return false }
    var summary = result.summary
    if isFormatFree {
      let scores = FormatFreeEvaluation.run(
        base: base.model, tokenizer: base.tokenizer, tokenising: tokenising,
        FormatFreeEvaluation.Material(
          examples: data.evaluation, training: data.training, metric: data.metric, maxNewTokens: data.maxNewTokens,
          shots: data.fewShot, endsEarly: data.endsEarly, arithmetic: data.arithmetic, groupNoun: data.task.groupNoun),
        team: team, note: { report.notice(.info, "#\(report.id): \($0)") }, progress: progress())
      guard let scores, !control.mustEnd else { return false }
      summary.formatFree = scores
    }
    tell(result.results, summary)
    return true
  }

  /// Reports a whole evaluation.
  func tell(_ outcomes: [ExampleOutcome], _ summary: ScoreSummary) {
    for start in stride(from: 0, to: outcomes.count, by: 64) {
      report.emit(.examples(Array(outcomes[start..<min(start + 64, outcomes.count)])))
    }
    report.emit(.evaluated(summary))
  }

  /// What the model answers, and nothing of it reported but how far it is.
  /// - Returns: nil if the run's flag ended it before the last example.
  func answers(
    to examples: [Example], base: LoadedBase, adapter: LoRAAdapter?, tokenising: Tokenising,
    data: DataCatalogue.Resolved, writer: (any AnswerWriting)? = nil
  ) throws -> EvaluationResult? {
    report.state(.evaluating)
    var result = try Evaluation.run(
      base: base.model, adapter: adapter, tokenizer: base.tokenizer, tokenising: tokenising,
      examples: examples, metric: data.metric, maxNewTokens: data.maxNewTokens,
      endsEarly: data.endsEarly, arithmetic: data.arithmetic, team: team, writer: writer,
      progress: progress(),
      note: { report.notice(.warning, "#\(report.id): \($0)") })
    result?.groupNoun = data.task.groupNoun
    return control.mustEnd ? nil : result
  }

  /// Says how far the evaluation is, a few times a second, and whether it goes on.
  private func progress() -> (_ done: Int, _ total: Int, _ running: Double) -> Bool {
    let clock = ContinuousClock()
    var last = clock.now - .seconds(1)
    return { done, total, running in
      report.waitWhileHeld(control, as: .evaluating)
      if clock.now - last >= .milliseconds(50) || done == total {
        last = clock.now
        report.emit(.evaluationProgress(done: done, total: total, runningScore: running))
      }
      return !control.mustEnd
    }
  }
}

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
    var peft: PEFTWorker?
    defer { peft?.end() }
    do {
      report.state(.preparing)
      let base = try environment.bases.base(plan.model)
      peft = try worker(base, report)
      for note in base.notices { report.notice(.warning, "#\(id): \(note)") }
      let data = try DataCatalogue.resolve(plan)
      report.emit(
        .prepared(
          PreparedRun(
            totalSteps: 0, trainableParameters: 0, baseParameters: base.summary.parameterCount, modules: [],
            trainingExamples: 0, truncatedExamples: 0, droppedExamples: 0, evaluationExamples: data.evaluation.count,
            baseFingerprint: base.summary.fingerprint,
            instructionSet: try peft.map { try launch.instructionSet($0) } ?? InstructionSet.current.rawValue,
            threads: team.threads, machine: Machine.identity)))
      var phases = PhaseSeconds()
      phases.preparing = (clock.now - began) / .seconds(1)
      let phase = EvaluationPhase(report: report, control: control, team: team)
      let tokenising = try base.tokenising(plan.settings)
      let isScored =
        try data.evaluation.isEmpty
        || phase.run(
          base: base, adapter: nil, tokenising: tokenising, data: data, writer: peft, isFormatFree: peft == nil)
      guard isScored else {
        // Paused or saved, it begins again when it goes on.
        return report.end(control.order, at: .evaluatingBase)
      }
      phases.evaluating = (clock.now - began) / .seconds(1) - phases.preparing
      report.emit(.phases(phases))
      report.emit(
        .resources(
          peakMemoryBytes: peft.map(\.peakMemory) ?? PeakMemory.bytes, tokensPerSecond: 0,
          wallSeconds: (clock.now - began) / .seconds(1)))
      peft?.end()
      environment.removeWorkerFiles(of: id)
      report.state(.done)
      return .ended(.done)
    } catch is PEFTWorker.CalledOff {
      return report.end(control.order, at: .evaluatingBase)
    } catch {
      return report.failed(error)
    }
  }

  private var launch: PEFTLaunch {
    PEFTLaunch(id: id, plan: plan, environment: environment, control: control, threads: team.threads)
  }

  /// Nil where this program answers itself.
  private func worker(_ base: LoadedBase, _ report: RunReport) throws -> PEFTWorker? {
    guard plan.settings.engine == .peft else { return nil }
    let worker = try launch.worker()
    try launch.load(worker, base: base, adapter: nil)
    report.notice(.info, "#\(id): \(try launch.words(worker))")
    return worker
  }
}
