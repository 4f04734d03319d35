import Foundation
import Kernels
import Recipe

/// Several LoRA runs on one base: one after another with all threads, and all at once with a thread each.
public enum ConcurrentBenchmark {
  /// - Parameters:
  ///   - threads: of the runs that go one after another; the others share the machine as the system sees fit.
  ///   - steps: of each run, after one that is not counted.
  ///   - afterInTurn: called between the two parts, when one run's memory is what the process holds.
  public static func run(
    base: BaseModel, runs: Int, targets: Targets, rank: Int = 16, sequences: Int, length: Int, steps: Int, threads: Int,
    afterInTurn: () -> Void = {}
  ) throws -> ConcurrentBenchmarkReport {
    let batch = TransformerBenchmarks.batch(base.configuration, sequences: sequences, length: length, lossShare: 1)
    try batch.check(in: base.configuration)
    let specification = try LoRASpecification(
      targets: targets, in: base.configuration, rank: rank, alpha: Float(2 * rank))
    func make(_ seed: Int) throws -> ConcurrentRun {
      let adapter = try LoRAAdapter(
        specification: specification, configuration: base.configuration, seed: UInt64(seed))
      return ConcurrentRun(base: base, adapter: adapter, pass: try LoRATrainingPass(base: base, adapter: adapter))
    }
    let tokens = Double(sequences * length)

    let alone = try make(0)
    let team = WorkerTeam(threads: threads)
    alone.train(batch, steps: 1, team: team)
    // As many steps as all the runs have, so that both parts do the same work.
    let inTurn = time { alone.train(batch, steps: steps * runs, team: team) }
    afterInTurn()

    let all = [alone] + (try (1..<max(1, runs)).map(make))
    let teams = all.map { _ in WorkerTeam(threads: 1) }
    for (run, team) in zip(all, teams) { run.train(batch, steps: 1, team: team) }
    let atOnce = time {
      let group = DispatchGroup()
      for (run, team) in zip(all, teams) {
        group.enter()
        Thread.detachNewThread {
          run.train(batch, steps: steps, team: team)
          group.leave()
        }
      }
      group.wait()
    }
    let work = tokens * Double(steps * runs)
    return ConcurrentBenchmarkReport(
      runs: runs, threads: threads, stepsEach: steps, tokensOfStep: sequences * length,
      tokensPerSecondInTurn: work / inTurn, tokensPerSecondAtOnce: work / atOnce, baseBytes: base.byteCount,
      adapterBytesOfRun: alone.adapter.parameterCount * 4 * 4, activationBytesOfRun: alone.pass.activationBytes)
  }

  private static func time(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start).seconds
  }
}

/// One of the runs.
private final class ConcurrentRun: Sendable {
  let base: BaseModel
  let adapter: LoRAAdapter
  let pass: LoRATrainingPass
  private let optimiser: BenchmarkOptimiser

  init(base: BaseModel, adapter: LoRAAdapter, pass: LoRATrainingPass) {
    self.base = base
    self.adapter = adapter
    self.pass = pass
    optimiser = BenchmarkOptimiser(adapter: adapter)
  }

  func train(_ batch: TokenBatch, steps: Int, team: WorkerTeam) {
    for step in 0..<steps {
      team.run { w in
        pass.lossAndGradients(batch, step: step, worker: w)
        optimiser.step(w, number: step + 1)
      }
    }
  }
}

/// What a benchmark of several runs on one base measured.
public struct ConcurrentBenchmarkReport: Codable, Sendable, Equatable {
  public var runs: Int
  public var threads: Int
  public var stepsEach: Int
  public var tokensOfStep: Int
  /// Steps of one run after another, each with all threads.
  public var tokensPerSecondInTurn: Double
  /// All runs at once, each with one thread of its own.
  public var tokensPerSecondAtOnce: Double
  /// Of the frozen weights, which are there once.
  public var baseBytes: Int
  /// Of one run: adapter, its gradients and the optimiser's two moments.
  public var adapterBytesOfRun: Int
  /// Of one run: activations and work room.
  public var activationBytesOfRun: Int
}

/// AdamW over an adapter, as training runs it, so that a benchmark's step is a whole one.
final class BenchmarkOptimiser: Sendable {
  private struct Entry: Sendable {
    let parameters: FloatBuffer
    let gradients: FloatBuffer
    let firstMoment: FloatBuffer
    let secondMoment: FloatBuffer
  }

  private let entries: [Entry]

  init(adapter: LoRAAdapter) {
    entries = adapter.modules.flatMap { module in
      [(module.a, module.gradA), (module.b, module.gradB)].map {
        Entry(
          parameters: $0, gradients: $1, firstMoment: FloatBuffer(count: $0.count),
          secondMoment: FloatBuffer(count: $0.count))
      }
    }
  }

  /// In a region. `number` counts from 1.
  func step(_ w: Worker, number: Int) {
    var correction1: Float = 1
    var correction2: Float = 1
    for _ in 0..<number {
      correction1 *= 0.9
      correction2 *= 0.999
    }
    let step = AdamWStep(
      learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, biasCorrection1: 1 - correction1,
      biasCorrection2: 1 - correction2, gradientScale: 1)
    for entry in entries {
      AdamW.step(
        w, parameters: entry.parameters.pointer, gradients: entry.gradients.pointer,
        firstMoment: entry.firstMoment.pointer, secondMoment: entry.secondMoment.pointer,
        count: entry.parameters.count, step)
    }
  }
}
