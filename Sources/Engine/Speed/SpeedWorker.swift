import Foundation
import Kernels
import Messages
import Recipe
import Synchronization
import Training
import Transformer

/// Several runs of one kind at once, each on a thread of its own with its share of the threads, for a second or two.
struct SpeedWorker: Sendable {
  /// What all of them train and answer.
  struct Material: Sendable {
    var base: LoadedBase
    var data: DataCatalogue.Resolved
    var tokenising: Tokenising
    var examples: [TokenizedExample]
    var tokensPerExample: Double
    /// What a trained run writes, about: the mean of the right answers.
    var answerTokens: Int
    var evaluation: [Example]
    var trainingExamples: Int
    var evaluationExamples: Int
    var examplesPerRecord: Double
    /// Seconds that the examples outside the sample would take.
    var tokenisingOfTheRest: Double
  }

  /// Means over the runs.
  struct Result: Sendable {
    var secondsPerStep: Double
    var tokensPerStep: Double
    /// 0 where nothing is evaluated.
    var secondsPerExample: Double
    /// Activations and adapter of one run.
    var bytes: Int
  }

  /// At least two steps are taken after the one that pays for warm-up, unless one takes longer than this.
  private static let longStep = 2.0
  /// Of a step that takes longer than this, warm-up is too little to take another.
  private static let longestWarmUp = 10.0
  private static let longAnswers = 1.0

  let plan: RunPlan
  let material: Material
  let threads: Int
  let jobs: Int
  /// Steps are taken for so many seconds.
  let seconds: Double
  let control: RunControl

  /// - Returns: nil if the flag ended it.
  func run() throws -> Result? {
    // All are ready before any is measured, and all have trained before any answers.
    let ready = DispatchGroup()
    let trained = DispatchGroup()
    let finished = DispatchGroup()
    let results = Mutex<[Swift.Result<Result, any Error>]>([])
    for _ in 0..<jobs {
      ready.enter()
      trained.enter()
      finished.enter()
    }
    for _ in 0..<jobs {
      Thread.detachNewThread {
        let result = Swift.Result { try one(ready, trained) }
        results.withLock { $0.append(result) }
        finished.leave()
      }
    }
    finished.wait()
    let all = try results.withLock { $0 }.map { try $0.get() }
    guard !control.mustEnd, let first = all.first else { return nil }
    let count = Double(all.count)
    return Result(
      secondsPerStep: all.reduce(0) { $0 + $1.secondsPerStep } / count,
      tokensPerStep: all.reduce(0) { $0 + $1.tokensPerStep } / count,
      secondsPerExample: all.reduce(0) { $0 + $1.secondsPerExample } / count, bytes: first.bytes)
  }

  /// One run, on its own thread. Whatever fails, the others are not left waiting.
  private func one(_ ready: DispatchGroup, _ trained: DispatchGroup) throws -> Result {
    let prepared = Swift.Result { try prepare() }
    ready.leave()
    ready.wait()
    let steps = prepared.flatMap { run in Swift.Result { try train(run) } }
    trained.leave()
    trained.wait()
    let run = try prepared.get()
    let (seconds, tokens) = try steps.get()
    return Result(
      secondsPerStep: seconds, tokensPerStep: tokens, secondsPerExample: try answer(run),
      bytes: run.trainer.activationBytes + run.team.scratchBytes + 16 * run.adapter.parameterCount)
  }

  private struct Run {
    var trainer: Trainer
    var adapter: LoRAAdapter
    var team: WorkerTeam
    /// The step that pays for warm-up.
    var first: StepRecord
  }

  private func prepare() throws -> Run {
    var options = TrainingOptions(plan.settings, threads: threads)
    options.steps = 100_000
    // Nothing is to be learned: the adapter stays as good as it is, at the same cost.
    options.learningRate = 1e-30
    options.learningRateByGroup = ByGroup()
    let adapter = try PreparedTraining.adapter(plan, options: options, base: material.base.model).adapter
    let team = WorkerTeam(threads: threads)
    let trainer = try Trainer(
      base: material.base.model, adapter: adapter, data: material.examples, options: options, team: team)
    return Run(trainer: trainer, adapter: adapter, team: team, first: try trainer.step())
  }

  /// Seconds and tokens of a step.
  private func train(_ run: Run) throws -> (seconds: Double, tokens: Double) {
    var records: [StepRecord] = []
    var taken = 0.0
    let least = run.first.seconds > Self.longStep ? 1 : 2
    while run.first.seconds < Self.longestWarmUp, !control.mustEnd, records.count < least || taken < seconds {
      let record = try run.trainer.step()
      records.append(record)
      taken += record.seconds
    }
    guard !records.isEmpty else { return (run.first.seconds, Double(run.first.tokens)) }
    // The median: what another program takes for a moment is no part of a step.
    let tokens = records.reduce(0) { $0 + $1.tokens }
    return (Percentile.median(records.map(\.seconds)), Double(tokens) / Double(records.count))
  }

  /// Seconds of an answer as long as the right ones.
  private func answer(_ run: Run) throws -> Double {
    guard !material.evaluation.isEmpty else { return 0 }
    let seconds = try Self.median(control) {
      _ = try Evaluation.run(
        base: material.base.model, adapter: run.adapter, tokenizer: material.base.tokenizer,
        tokenising: material.tokenising, examples: material.evaluation, metric: material.data.metric,
        maxNewTokens: material.answerTokens, stopping: false, arithmetic: material.data.arithmetic, team: run.team
      ) { _, _, _ in !control.mustEnd }
    }
    return seconds / Double(material.evaluation.count)
  }

  /// Seconds that `body` takes: the median of three times, of one if that takes long. What another program takes for a moment is not
  /// counted so.
  static func median(_ control: RunControl, _ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var times: [Double] = []
    repeat {
      let began = clock.now
      try body()
      times.append((clock.now - began) / .seconds(1))
    } while times.count < 3 && times[0] < longAnswers && !control.mustEnd
    return Percentile.median(times)
  }
}
