import Foundation
import Messages
import Recipe
import RunStore
import Training

/// Rows of a store for a benchmark: two built-in tasks, fifteen combinations, four ranks, seeds. Nothing in them was trained.
struct GeneratedRuns {
  var count: Int
  /// Runs with a long curve, the last run among them; evenly over the store.
  var curves: Int
  /// Steps of each of these.
  var points: Int
  /// Else it is done, as all the others are.
  var lastTrains: Bool

  /// Events in a transaction.
  private static let batch = 10_000

  /// Places of the runs with a long curve.
  var curvePlaces: [Int] {
    let curves = min(curves, count)
    return (0..<curves).map { (count - 1) - (curves - 1 - $0) * max(1, count / max(1, curves)) }.map { max(0, $0) }
  }

  func write(to url: URL) async throws {
    let store = try RunStore(at: url, mode: .engine)
    let ids = try await store.insert((0..<count).map(plan), created: 1_700_000_000)
    let long = Set(curvePlaces)
    var random = SplitMix64(seed: 1)
    func share() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
    var events: [Event] = []
    var sequence: UInt64 = 0
    for (place, id) in ids.enumerated() {
      func add(_ content: Event.Content) {
        sequence += 1
        events.append(Event(sequence: sequence, time: 1_700_000_000 + Double(sequence), run: id, content: content))
      }
      let steps = long.contains(place) ? points : 4
      let isUnderWay = lastTrains && place == count - 1
      add(.prepared(Self.prepared(steps: isUnderWay ? steps * 2 : steps)))
      add(.stateChanged(.training, reason: nil))
      for step in 1...steps {
        let progress = Double(step) / Double(steps)
        add(
          .step(
            StepSample(
              step: step, loss: Float(0.2 + 3 * exp(-6 * progress) + 0.3 * share()), gradientNorm: 1,
              learningRate: 1e-3, tokens: 512, seconds: 0.1)))
        guard events.count >= Self.batch else { continue }
        try await store.write(events)
        events.removeAll(keepingCapacity: true)
      }
      if !isUnderWay { Self.end(share(), 20 * share()).forEach(add) }
    }
    try await store.write(events)
    try store.close()
  }

  private func plan(_ place: Int) -> RunPlan {
    var settings = RunSettings()
    settings.rank = 4 << (place / 30 % 4)
    settings.seed = UInt64(place / 120)
    return RunPlan(
      model: .builtin, data: .task(name: place / 15 % 2 == 0 ? "medmcqa" : "cocohd"),
      targets: Targets.fifteen[place % 15], settings: settings)
  }

  private static func prepared(steps: Int) -> PreparedRun {
    PreparedRun(
      totalSteps: steps, trainableParameters: 24_576, baseParameters: 2_900_000, modules: [], trainingExamples: 2000,
      truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 500, baseFingerprint: "generated",
      instructionSet: "", threads: 1)
  }

  private static func end(_ score: Double, _ overhead: Double) -> [Event.Content] {
    [
      .evaluated(
        ScoreSummary(
          metric: "accuracy",
          score: Interval(estimate: score, low: max(0, score - 0.02), high: min(1, score + 0.02)),
          examples: 500, parseFailureRate: 0.01, lenient: score, meanOutputTokens: 8)),
      .latencyMeasured(
        LatencySummary(
          p50: 0.07 * (1 + overhead / 100), p95: 0.09, baseP50: 0.07, baseP95: 0.08,
          overheadPercent: Interval(estimate: overhead, low: overhead - 1, high: overhead + 1), blocks: 12)),
      .stateChanged(.done, reason: nil),
    ]
  }
}
