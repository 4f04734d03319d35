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
