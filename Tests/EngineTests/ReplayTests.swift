import Engine
import Foundation
import Messages
import Recipe
import Testing

/// What a replay shows at each time of its virtual clock: what the store has of then, and nothing else.
@Suite struct ReplayTests {
  /// Queued at 1000, started at 1010: 2 s of preparing, 12 steps of a second, 4 s of scoring, a wait, 3 s of measuring, done at 1036.
  private static var run: RunSummary {
    var settings = RunSettings()
    settings.steps = 12
    let plan = RunPlan(model: .builtin, data: .task(name: "sums"), targets: .oProj, settings: settings)
    var run = RunSummary(id: 1, plan: plan, state: .done, created: 1000)
    (run.started, run.finished) = (1010, 1036)
    (run.step, run.totalSteps, run.lastCheckpointStep) = (12, 12, 12)
    run.losses = MetricSeries((1...12).map { 3 / Float($0) })
    run.gradientNorms = MetricSeries((1...12).map { 1 / Float($0) })
    run.learningRates = MetricSeries((1...12).map { Float($0) * 1e-4 })
    run.elapsed = MetricSeries((1...12).map { Float($0) })
    run.prepared = PreparedRun(
      totalSteps: 12, trainableParameters: 100, baseParameters: 1000, modules: ["o_proj"], trainingExamples: 8,
      truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 4, baseFingerprint: "f", instructionSet: "avx2",
      threads: 1)
    run.score = ScoreSummary(
      metric: "accuracy", score: Interval(estimate: 0.5, low: 0.4, high: 0.6), examples: 4, parseFailureRate: 0,
      lenient: 0.5, meanOutputTokens: 3)
    run.latency = LatencySummary(
      p50: 2, p95: 3, baseP50: 1, baseP95: 2, overheadPercent: Interval(estimate: 100, low: 90, high: 110), blocks: 4)
    var phases = PhaseSeconds()
    (phases.preparing, phases.training, phases.evaluating, phases.measuring) = (2, 12, 4, 3)
    run.phases = phases
    (run.peakMemoryBytes, run.tokensPerSecond, run.wallSeconds) = (1 << 20, 100, 21)
    run.adapterPath = "/nowhere/adapter"
    return run
  }

  /// Queued with the first, started when that was done; failed after five steps.
  private static var failed: RunSummary {
    var run = run
    run.id = 2
    run.plan.settings.seed = 1
    (run.state, run.reason) = (.failed, "run 2 diverged: loss is NaN at step 5")
    (run.started, run.finished) = (1037, 1044)
    run.step = 5
    run.losses = MetricSeries(run.losses.values(0..<4) + [.nan])
    run.gradientNorms = run.gradientNorms.truncated(to: 5)
    run.learningRates = run.learningRates.truncated(to: 5)
    run.elapsed = run.elapsed.truncated(to: 5)
    (run.score, run.latency, run.phases, run.adapterPath, run.lastCheckpointStep) = (nil, nil, nil, nil, nil)
    (run.peakMemoryBytes, run.tokensPerSecond, run.wallSeconds) = (nil, nil, nil)
    return run
  }

  private static let notices = [1010, 1030, 1044].map { Notice(level: .info, text: "at \(Int($0))", time: $0) }

  private static func replay(
    _ runs: [RunSummary] = [run, failed], checkpoints: [RunID: [(step: Int, time: Double)]] = [:]
  ) -> Replay {
    var stored = Snapshot()
    stored.runs = runs
    stored.notices = notices
    return Replay(stored, notices: notices, checkpoints: checkpoints)
  }

  private static func frame(_ replay: Replay, _ position: Double) -> Replay.Frame {
    var clock = ReplayClock(duration: replay.timeline.duration, speed: 1)
    clock.advance(by: position)
    return replay.frame(at: clock)
  }

  @Test(
    arguments: [
      (0.5, .preparing, 0), (1.9, .preparing, 0), (2, .training, 0), (2.5, .training, 0), (3, .training, 1),
      (7.25, .training, 5), (13.5, .training, 11), (14, .evaluating, 12), (17.5, .evaluating, 12),
      (18, .awaitingLatency, 12), (22.5, .awaitingLatency, 12), (23, .measuring, 12), (26, .done, 12),
    ] as [(Double, RunState, Int)])
  func aRunStandsAsItStood(position: Double, state: RunState, steps: Int) throws {
    let frame = Self.frame(Self.replay(), position)
    let shown = try #require(frame.runs.first)
    let stored = Self.run
    #expect(frame.runs.map(\.id) == [1, 2] && shown.state == state && shown.step == steps)
    for path in [\RunSummary.losses, \.gradientNorms, \.learningRates, \.elapsed] {
      let series = shown[keyPath: path]
      #expect(series.values(0..<series.count) == stored[keyPath: path].values(0..<steps))
      #expect(series.last == stored[keyPath: path].values(0..<steps).last)
    }
    #expect(shown.prepared == (position < 2 ? nil : stored.prepared))
    #expect(shown.score == (position < 18 ? nil : stored.score))
    #expect(shown.latency == (position < 26 ? nil : stored.latency))
    #expect(shown.adapterPath == (position < 14 ? nil : stored.adapterPath))
    #expect(shown.wallSeconds == (position < 26 ? nil : 21) && shown.finished == (position < 26 ? nil : 1036))
    #expect(frame.runs[1].state == .waiting && frame.queue == [2] && frame.runs[1].losses.count == 0)
    #expect(frame.notices.map(\.time) == [1010, 1030].filter { $0 <= 1010 + position })
  }

  /// A held-out loss is there once its step is.
  @Test func heldOutLossesComeWithTheirSteps() {
    var run = Self.run
    run.plan.settings.evalEvery = 5
    run.heldOutLosses = MetricSeries([3, 2, 1])
    let replay = Self.replay([run])
    let counts = [1, 6.5, 7.25, 12.5, 14.5, 26].map { Self.frame(replay, $0).runs.first?.heldOutLosses.count }
    #expect(counts == [0, 0, 1, 2, 3, 3])
  }

  @Test func aFailureEndsTheCurveWhereItEnded() throws {
    let replay = Self.replay()
    #expect(replay.timeline.duration == 34)
    // Seven seconds of five steps: the two others were before them.
    let before = try #require(Self.frame(replay, 32.5).runs.last)
    #expect(before.state == .training && before.step == 3 && before.reason == nil)
    #expect(before.losses.values(0..<9) == Self.run.losses.values(0..<3))
    let end = Self.frame(replay, 34)
    #expect(end.runs[1].state == .failed && end.runs[1].losses.last?.isNaN == true && end.queue.isEmpty)
    #expect(end.runs[1].reason == Self.failed.reason && end.notices == Self.notices)
  }

  /// A checkpoint says when its steps were done: those after a pause come after it, and the pause itself is left out.
  @Test func aPauseIsAPause() throws {
    var run = Self.run
    run.finished = 1140
    let replay = Self.replay([run], checkpoints: [1: [(6, 1018), (12, 1124)]])
    func steps(_ position: Double) -> Int? { Self.frame(replay, position).runs.first?.step }
    #expect(steps(7.5) == 5 && steps(8) == 6)
    // The pause from 1018 to 1118 takes five seconds, then come the six steps that are left.
    #expect(replay.timeline.time(at: 8.5) == 1113.5)
    #expect(steps(8.5) == 6 && steps(12.9) == 6 && steps(14) == 7 && steps(18.5) == 11)
    #expect(Self.frame(replay, 19).runs.first?.state == .evaluating)
    #expect(replay.timeline.duration == 8 + 5 + 6 + 4 + 5 + 3)
  }

  /// A heat is known when it was scored, after the checkpoint of its step.
  @Test func aHeatIsKnownWhenItWasScored() throws {
    var run = Self.run
    (run.score, run.latency, run.state, run.totalSteps) = (nil, nil, .stopped, 20)
    func heat(_ heat: Int, _ step: Int) -> HeatSummary {
      HeatSummary(
        heat: heat, heats: 3, step: step, totalSteps: 20, loss: 1, score: Interval(estimate: 0.5, low: 0, high: 1),
        examples: 4, seconds: 10, scoringSeconds: 2)
    }
    run.heats = [heat(1, 6), heat(2, 12)]
    // 2 s of preparing, six steps, a heat of 2 s, six steps, a heat of 2 s, and a wait until somebody else is better.
    let replay = Self.replay([run], checkpoints: [1: [(6, 1018), (12, 1026)]])
    func shown(_ position: Double) -> RunSummary? { Self.frame(replay, position).runs.first }
    for (position, step, heats) in [(7.5, 5, 0), (9.5, 6, 0), (10, 6, 1), (15.5, 11, 1), (16, 12, 1), (18, 12, 2)] {
      let run = try #require(shown(position))
      #expect(run.step == step && run.heats?.count ?? 0 == heats && run.score == nil, "\(position)")
    }
    #expect(shown(17)?.state == .evaluating && shown(19)?.state == .paused)
    #expect(Self.frame(replay, 1000).runs.first?.state == .stopped)
  }

  @Test func timesThatCannotBeAreNoTrap() {
    var run = Self.run
    run.finished = 1000
    run.phases?.training = .infinity
    run.phases?.evaluating = -5
    run.elapsed = MetricSeries((1...12).map { $0 % 2 == 0 ? .nan : -Float($0) })
    var waiting = RunSummary(id: 3, plan: run.plan, state: .waiting, created: 900)
    waiting.finished = 800
    let replay = Self.replay([run, waiting], checkpoints: [1: [(-1, 1012), (6, 1e11), (99, 1015), (7, 1010)]])
    for position in stride(from: 0, through: replay.timeline.duration + 1, by: 0.25) {
      let frame = Self.frame(replay, position)
      #expect(frame.runs.allSatisfy { $0.losses.count <= 12 && $0.step <= 12 })
    }
    #expect(Self.frame(Self.replay([]), 1).runs.isEmpty)
  }

  @Test func theClockIsAValue() {
    var clock = ReplayClock(duration: 100, speed: 4)
    clock.advance(by: 2)
    #expect(clock.position == 8)
    clock.take(.faster)
    clock.advance(by: 1)
    #expect(clock.position == 16 && clock.status(at: 5).share == 0.16)
    clock.take(.pause)
    clock.advance(by: 9)
    #expect(clock.position == 16 && clock.status(at: 5).isPaused)
    clock.take(.pause)
    for _ in 0..<40 { clock.take(.slower) }
    #expect(clock.speed == ReplayClock.speeds.low)
    clock.advance(by: -3)
    clock.advance(by: 8)
    #expect(clock.position == 17)
    clock.take(.toEnd)
    #expect(clock.isAtEnd && clock.status(at: 5).isAtEnd)
    #expect(ReplayClock(duration: 0, speed: 1).status(at: 0).isAtEnd)
  }
}
