import Foundation
import GRDB
import Messages
import Recipe

/// A run as versions before deletion became a mark on its row kept it in the trash: everything but tokens per step, checkpoints and
/// the place among the curves.
struct TrashRecord: Decodable {
  var id: RunID
  var plan: RunPlan
  var state: RunState
  var deleted: Double
  var prepared: PreparedRun?
  var score: ScoreSummary?
  var latency: LatencySummary?
  var losses: [Float]
  var gradientNorms: [Float]
  var learningRates: [Float]
  var examples: [ExampleOutcome]
  var latencyBlocks: [LatencyBlock]
  // What the first version did not keep; a run that it deleted comes back without.
  var created: Double?
  var started: Double?
  var finished: Double?
  var reason: String?
  var totalSteps: Int?
  /// Seconds of training at the end of each step.
  var elapsed: [Float]?
  var tokensPerSecond: Double?
  var peakMemoryBytes: Int?
  var wallSeconds: Double?
  var adapterPath: String?
  var lastCheckpointStep: Int?
  var phases: PhaseSeconds?

  /// Puts it into the tables as a deleted run.
  func insert(into db: Database) throws {
    var run = RunSummary(id: id, plan: plan, state: state, created: created ?? deleted)
    (run.reason, run.started, run.finished) = (reason, started, finished)
    (run.step, run.totalSteps) = (losses.count, totalSteps ?? losses.count)
    (run.prepared, run.score, run.latency, run.phases) = (prepared, score, latency, phases)
    (run.peakMemoryBytes, run.tokensPerSecond, run.wallSeconds) = (peakMemoryBytes, tokensPerSecond, wallSeconds)
    (run.adapterPath, run.lastCheckpointStep) = (adapterPath, lastCheckpointStep)
    try RunRecord(run: run, deleted: deleted).insert(db)
    var events: [Event.Content] = losses.indices.map { .step(step($0)) }
    events.append(.examples(examples))
    for block in latencyBlocks {
      events.append(
        .latencyBlock(block: block.block, isBase: block.isBase, millisecondsPerToken: block.millisecondsPerToken))
    }
    let writer = EventWriter(db: db)
    for content in events { try writer.append(content, to: id, time: deleted) }
  }

  private func step(_ index: Int) -> StepSample {
    func value(_ series: [Float], _ index: Int) -> Float { series.indices.contains(index) ? series[index] : .nan }
    let elapsed = elapsed ?? []
    let before = index > 0 ? value(elapsed, index - 1) : 0
    let seconds = value(elapsed, index) - before
    return StepSample(
      step: index + 1, loss: losses[index], gradientNorm: value(gradientNorms, index),
      learningRate: value(learningRates, index), tokens: 0, seconds: seconds.isFinite ? Double(seconds) : 0)
  }
}
