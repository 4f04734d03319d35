import Foundation
import Messages
import Recipe
import Training

/// From measured speeds to the time of runs and to how many of them go at once; no clock here.
package enum SpeedArithmetic {
  /// More runs at once than one have to be faster by this share: what is less may be noise.
  package static let leastGain = 0.02

  /// What a run's time is interpolated by: adapted projections.
  package static func size(_ targets: Targets) -> Double { Double(targets.moduleNames.count) }

  /// Numbers of runs at once that are worth trying: one, and twice as many each time up to one thread each.
  package static func candidates(threads: Int, runs: Int) -> [Int] {
    let most = max(1, min(threads, runs))
    var candidates = sequence(first: 1) { $0 * 2 }.prefix { $0 <= most }.map { $0 }
    if candidates.last != most { candidates.append(most) }
    return candidates
  }

  /// Optimiser steps of a run, from its settings and the length of its examples.
  package static func steps(_ settings: RunSettings, examples: Int, tokensPerExample: Double) -> Int {
    if let steps = settings.steps { return steps }
    let budget = Double(settings.batchSize * settings.sequenceLength)
    let perBatch =
      settings.packing
      ? max(1, (budget / max(1, tokensPerExample)).rounded(.down)) : Double(settings.batchSize)
    let batches = (settings.epochs * Double(examples) / perBatch).rounded(.up)
    return max(1, Int((batches / Double(max(1, settings.gradientAccumulation))).rounded(.up)))
  }

  /// Seconds of a step and of an answer with so many runs at once; nil where that number was not measured.
  package static func speed(
    _ measurement: SpeedMeasurement, _ targets: Targets, jobs: Int
  ) -> (step: Double, example: Double)? {
    let here = measurement.ways.filter { $0.jobs == jobs }
    guard let top = here.max(by: { size($0.targets) < size($1.targets) }) else { return nil }
    // The smallest set was measured with one number of runs at once only: its share of the largest holds for the others.
    let pair = Dictionary(grouping: measurement.ways, by: \.jobs).values.first { $0.count > 1 } ?? []
    guard let low = pair.min(by: { size($0.targets) < size($1.targets) }),
      let high = pair.max(by: { size($0.targets) < size($1.targets) }), size(high.targets) > size(low.targets)
    else { return (top.secondsPerStep, top.secondsPerExample) }
    let place = (size(targets) - size(low.targets)) / (size(high.targets) - size(low.targets))
    func share(_ low: Double, _ high: Double) -> Double {
      high > 0 ? max(0.1, low / high + (1 - low / high) * place) : 1
    }
    return (
      top.secondsPerStep * share(low.secondsPerStep, high.secondsPerStep),
      top.secondsPerExample * share(low.secondsPerExample, high.secondsPerExample)
    )
  }

  /// The number of runs at once with which a run costs least of the machine's time: training and evaluation together.
  package static func jobs(_ measurement: SpeedMeasurement, _ targets: Targets, steps: Int, examples: Int) -> Int {
    let numbers = Set(measurement.ways.map(\.jobs)).sorted()
    let costs = numbers.compactMap { jobs -> (jobs: Int, seconds: Double)? in
      speed(measurement, targets, jobs: jobs).map {
        (jobs, ($0.step * Double(steps) + $0.example * Double(examples)) / Double(jobs))
      }
    }
    guard let best = costs.min(by: { $0.seconds < $1.seconds }) else { return 1 }
    guard let alone = costs.first(where: { $0.jobs == 1 }) else { return best.jobs }
    return best.seconds < alone.seconds * (1 - leastGain) ? best.jobs : 1
  }

  /// How long a latency measurement will take, from a short one: its interval narrows with the root of the rounds.
  package static func latencySeconds(rounds: Int, seconds: Double, halfWidth: Double, options: LatencyOptions) -> Double
  {
    guard rounds > 0, seconds > 0 else { return 0 }
    let target = max(options.targetHalfWidth, 1e-6)
    let factor = halfWidth.isFinite ? halfWidth / target : 1
    let wanted = min(
      max(Double(options.minimumRounds), Double(rounds) * factor * factor), Double(options.maximumRounds))
    return min(options.timeCap, seconds / Double(rounds) * wanted)
  }
}
