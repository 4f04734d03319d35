import Kernels
import Recipe
import Transformer

/// Trains an adapter on a frozen base, one optimiser step at a call. Belongs to one thread at a time.
public final class Trainer {
  public let base: BaseModel
  /// Trained in place.
  public let adapter: LoRAAdapter
  public let options: TrainingOptions
  /// Steps of the whole run.
  public let totalSteps: Int
  /// Steps done so far.
  public private(set) var stepIndex = 0

  /// The epochs of a run are walked through once to count its steps, so there is an end to them.
  private static let mostExamples = 5e8
  let data: [TokenizedExample]
  let team: WorkerTeam
  let optimizer: AdapterOptimizer
  private(set) lazy var baseFingerprint = RunFingerprint.base(base)
  private(set) lazy var dataFingerprint = RunFingerprint.data(data)
  private var plan: BatchPlan
  let pass: LoRATrainingPass
  /// Computes steps elsewhere; nil computes them here.
  let steps: (any StepComputing)?
  /// Steps whose result `adapter` holds: those that are computed elsewhere have to be fetched.
  private var fetchedStep = 0
  /// The peak rate that steps are recorded with: the common one where some module has it, or else the first module's.
  private let recordedRate: Double

  /// - Parameters:
  ///   - data: examples of at most `options.sequenceLength` tokens.
  ///   - steps: what computes them, where that is not this process.
  /// - Throws: `TrainingError.invalidOption`, `.noExamples`, or Transformer's `BatchError` for tokens that this model does not have,
  ///   `AdapterError` for an adapter of another model's shape.
  public init(
    base: BaseModel, adapter: LoRAAdapter, data: [TokenizedExample], options: TrainingOptions, team: WorkerTeam,
    steps: (any StepComputing)? = nil
  ) throws {
    try options.validate()
    let usable = data.filter { $0.lossTokens > 0 }
    guard !usable.isEmpty else {
      throw TrainingError.noExamples(
        source: "training data", leftOut: data.count, sequenceLength: options.sequenceLength)
    }
    for example in usable {
      try BatchAssembly.batch([example]).check(in: base.configuration)
    }
    if let epochs = options.epochs, epochs * Double(usable.count) > Self.mostExamples {
      throw TrainingError.invalidOption(
        name: "epochs", value: "\(epochs) over \(usable.count) examples",
        expected: "at most \(Int(Self.mostExamples)) examples in all; give steps instead")
    }
    self.base = base
    self.adapter = adapter
    self.data = usable
    self.options = options
    self.team = team
    self.steps = steps
    let lengths = usable.map(\.tokens.count)
    totalSteps = BatchPlan.totalSteps(lengths: lengths, options: options)
    plan = BatchPlan(lengths: lengths, options: options)
    pass = try LoRATrainingPass(
      base: base, adapter: adapter, arithmetic: options.useBF16 && steps == nil ? .bfloat16 : .float32)
    optimizer = AdapterOptimizer(adapter: adapter)
    let rates = adapter.modules.map { options.rate(of: $0.path.group) }
    recordedRate = rates.contains(options.learningRate) ? options.learningRate : rates.first ?? options.learningRate
  }

  public var isFinished: Bool { stepIndex >= totalSteps }

  /// Bytes of the activations that the largest batch so far needed.
  public var activationBytes: Int { pass.activationBytes }

  /// What was computed in the step that diverged, which changed nothing; nil before that.
  public private(set) var divergedStep: StepRecord?

  /// Where the next step's examples begin.
  public var position: BatchPosition { plan.position }

  /// One optimiser step: forward and backward over `gradientAccumulation` batches, clipping and the update, in one region.
  ///
  /// - Throws: `TrainingError.diverged` if the loss or the gradient norm is not finite; adapter, moments and position
  ///   are then as they were before the call. `TrainingError.finished` after the last step. What computing elsewhere throws.
  public func step() throws -> StepRecord {
    guard !isFinished else { throw TrainingError.finished(steps: totalSteps) }
    let clock = ContinuousClock()
    let started = clock.now
    let before = plan.position
    let batches = nextBatches()
    guard !batches.isEmpty else { throw TrainingError.finished(steps: stepIndex) }
    let lossTokens = batches.reduce(0) { $0 + $1.lossTokens }
    let factor = options.schedule.factor(
      step: stepIndex, totalSteps: totalSteps, warmupSteps: options.warmupSteps)
    let learningRate = recordedRate * factor
    let outcome: StepOutcome
    if let steps {
      do { outcome = try steps.step(batches, lossTokens: lossTokens, step: stepIndex, rateFactor: factor) } catch {
        plan.move(to: before)
        throw error
      }
    } else {
      outcome = runRegion(batches, lossTokens: lossTokens, rateFactor: factor)
    }
    let loss = outcome.lossSum / Double(lossTokens)
    guard outcome.updated else {
      plan.move(to: before)
      divergedStep = StepRecord(
        step: stepIndex + 1, loss: loss, gradientNorm: outcome.gradientNorm, learningRate: learningRate,
        tokens: batches.reduce(0) { $0 + $1.tokens.count }, lossTokens: lossTokens,
        seconds: (clock.now - started) / .seconds(1))
      throw TrainingError.diverged(
        step: stepIndex + 1, reason: Self.divergence(loss: loss, gradientNorm: outcome.gradientNorm))
    }
    stepIndex += 1
    return StepRecord(
      step: stepIndex, loss: loss, gradientNorm: outcome.gradientNorm, learningRate: learningRate,
      tokens: batches.reduce(0) { $0 + $1.tokens.count }, lossTokens: lossTokens,
      seconds: (clock.now - started) / .seconds(1))
  }

  /// ‖s·B·A‖² of every adapted layer as the adapter is now; nothing of the training changes.
  public func energy() -> AdapterEnergy {
    AdapterEnergy(
      step: stepIndex, energies: ModuleEnergy.measure(adapter, team: team), in: base.configuration.linears)
  }

  /// Brings the adapter up to date where steps are computed elsewhere.
  ///
  /// - Throws: what computing elsewhere throws.
  package func fetch() throws {
    guard let steps, fetchedStep != stepIndex else { return }
    try steps.fetch(into: optimizer.slots)
    fetchedStep = stepIndex
  }

  /// Puts a restored run where it stopped.
  func resume(step: Int, position: BatchPosition) {
    stepIndex = step
    fetchedStep = step
    plan.move(to: position)
  }

  private func nextBatches() -> [TokenBatch] {
    var batches: [TokenBatch] = []
    for _ in 0..<options.gradientAccumulation {
      let indices = plan.next()
      if indices.isEmpty { break }
      batches.append(BatchAssembly.batch(indices.map { data[$0] }))
    }
    return batches
  }

  private func runRegion(_ batches: [TokenBatch], lossTokens: Int, rateFactor: Double) -> StepOutcome {
    let outcome = StepOutcome()
    let (pass, optimizer, options, step) = (pass, optimizer, options, stepIndex)
    team.run { worker in
      var lossSum = 0.0
      for (index, batch) in batches.enumerated() {
        pass.lossAndGradients(
          batch, lossScaleTokens: lossTokens, dropoutSeed: options.seed,
          step: step * options.gradientAccumulation + index, accumulate: index > 0, worker: worker)
        lossSum += pass.lossSum
        // Worker 0 resets the sum at the start of the next batch.
        worker.barrier()
      }
      let norm = optimizer.gradientNorm(worker)
      // Every worker has the same two numbers, so all of them decide alike.
      let healthy = lossSum.isFinite && norm.isFinite
      if healthy {
        optimizer.update(
          worker, step: step + 1, rateFactor: rateFactor,
          gradientScale: AdapterOptimizer.clippingFactor(norm: norm, clip: options.clip), options: options)
      }
      if worker.index == 0 {
        outcome.lossSum = lossSum
        outcome.gradientNorm = norm
        outcome.updated = healthy
      }
    }
    return outcome
  }

  private static func divergence(loss: Double, gradientNorm: Double) -> String {
    if loss.isNaN { return "the loss is not a number" }
    if !loss.isFinite { return "the loss is infinite" }
    return gradientNorm.isNaN ? "the gradient norm is not a number" : "the gradient norm is infinite"
  }
}

/// What a region's workers tell the thread that opened it.
///
/// `@unchecked Sendable`: only worker 0 writes, and the fields are read after the region has ended, which orders the two.
public final class StepOutcome: @unchecked Sendable {
  public var lossSum = 0.0
  public var gradientNorm = 0.0
  public var updated = false

  public init(lossSum: Double = 0, gradientNorm: Double = 0, updated: Bool = false) {
    (self.lossSum, self.gradientNorm, self.updated) = (lossSum, gradientNorm, updated)
  }
}

/// What one optimiser step measured.
public struct StepRecord: Sendable, Codable, Equatable {
  /// Counted from 1.
  public var step: Int
  /// The mean cross-entropy, in nats, over all loss-carrying tokens of the step's batches, before the update.
  public var loss: Double
  /// The Euclidean norm of the gradient over all adapter parameters, before clipping.
  public var gradientNorm: Double
  /// The learning rate of A at this step.
  public var learningRate: Double
  /// Tokens that went through the model.
  public var tokens: Int
  /// Tokens that carry loss.
  public var lossTokens: Int
  /// Wall time of the step.
  public var seconds: Double
}

extension StepSample {
  /// As it is stored and drawn: without the tokens that carry loss, and in single precision.
  public init(_ record: StepRecord) {
    self.init(
      step: record.step, loss: Float(record.loss), gradientNorm: Float(record.gradientNorm),
      learningRate: Float(record.learningRate), tokens: record.tokens, seconds: record.seconds)
  }
}

/// Training speed from step records.
public enum Throughput {
  /// The mean tokens of a step over the median time of a step, both without the first step, which pays for warm-up.
  /// A single step is all there is to go by then; nil for no step.
  public static func tokensPerSecond(_ steps: [StepRecord]) -> Double? {
    tokensPerSecond(tokens: steps.map(\.tokens), seconds: steps.map(\.seconds))
  }

  /// The same from each step's tokens and seconds, in order.
  public static func tokensPerSecond(tokens: [Int], seconds: [Double]) -> Double? {
    guard !tokens.isEmpty, tokens.count == seconds.count else { return nil }
    let skip = tokens.count > 1 ? 1 : 0
    let counted = tokens.dropFirst(skip)
    let mean = Double(counted.reduce(0, +)) / Double(counted.count)
    let median = Percentile.median(Array(seconds.dropFirst(skip)))
    return median > 0 ? mean / median : nil
  }
}
