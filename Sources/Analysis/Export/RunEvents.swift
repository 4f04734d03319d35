import Messages
import Recipe

/// A run's curves and results as TensorBoard shows them.
package enum RunEvents {
  /// `events.out.tfevents.1732960000.run-3`: by its middle TensorBoard knows the file.
  package static func fileName(_ run: RunSummary) -> String {
    "events.out.tfevents.\(Int(run.started ?? run.created)).run-\(run.id)"
  }

  /// Losses of steps and held-out examples, learning rates, gradient norms, speed and memory; score and latency at the last step. What is
  /// no number is left out. Times are those of the steps since the run's start, without pauses.
  package static func file(_ run: RunSummary) -> EventFile {
    let start = run.started ?? run.created
    var file = EventFile(time: start)
    let elapsed = run.elapsed.values(0..<run.elapsed.count)
    func time(_ step: Int) -> Double {
      let place = step - 1
      return start + (elapsed.indices.contains(place) && elapsed[place].isFinite ? Double(elapsed[place]) : 0)
    }
    for (tag, values) in series(run) {
      for (place, value) in values.values(0..<values.count).enumerated() where value.isFinite {
        file.add(tag, value, step: place + 1, time: time(place + 1))
      }
    }
    for point in run.heldOutPoints where point.loss.isFinite {
      file.add("held_out/loss", point.loss, step: point.step, time: time(point.step))
    }
    for (tag, value) in results(run) {
      file.add(tag, Float(value), step: run.step, time: run.finished ?? time(run.step))
    }
    return file
  }

  /// What there is of every step, by its name in the tools.
  static func series(_ run: RunSummary) -> [(tag: String, values: MetricSeries)] {
    [
      ("train/loss", run.losses), ("train/gradient_norm", run.gradientNorms),
      ("train/learning_rate", run.learningRates), ("train/tokens_per_second", run.tokenRates),
      ("train/memory_bytes", run.memory),
    ]
  }

  /// What there is at the end, as far as it is a number.
  static func results(_ run: RunSummary) -> [(tag: String, value: Double)] {
    let all: [(String, Double?)] = [
      ("eval/score", run.score?.score.estimate), ("eval/parse_failure_rate", run.score?.parseFailureRate),
      ("latency/tpot_p50_ms", run.latency?.p50), ("latency/tpot_p95_ms", run.latency?.p95),
      ("latency/overhead_percent", run.latency?.overheadPercent.estimate),
    ]
    return all.compactMap { tag, value in value.flatMap { $0.isFinite ? (tag, $0) : nil } }
  }
}
