import Dashboard
import Foundation
import Messages
import Recipe
import Terminal

/// Invented figures for tests of the screen: nothing here was measured, and nothing here is in the product.
enum TestData {
  /// 13:58 UTC on some day.
  static let now = 1_700_000_000.0 - 1_700_000_000.0.truncatingRemainder(dividingBy: 86_400) + 50_280

  /// Shapes of a 360 M-parameter Llama: at rank 8 qkv has 1.15 M adapter parameters, o 0.49, fc1 1.80, fc2 0.90.
  static let model: ModelSummary = {
    let shapes: [(LinearModule, Int, Int)] = [
      (.qProj, 960, 960), (.kProj, 320, 960), (.vProj, 320, 960), (.oProj, 960, 960),
      (.gateProj, 2560, 960), (.upProj, 2560, 960), (.downProj, 960, 2560),
    ]
    let blocks = BlockLinears(
      count: 32, shapes: Dictionary(uniqueKeysWithValues: shapes.map { ($0, LinearShape(rows: $1, columns: $2)) }))
    return ModelSummary(
      reference: .builtin, name: "test-360M", parameterCount: 361_821_120, byteCount: 723_642_240,
      element: "bfloat16", fingerprint: "test", linears: ModelLinears(decoder: blocks))
  }()

  static var settings: RunSettings {
    var settings = RunSettings()
    settings.steps = 400
    settings.warmupSteps = 20
    settings.schedule = .cosine
    settings.evaluationExamples = 2000
    return settings
  }

  static let data = DataSummary(
    reference: .task(name: "sums"), name: "sums", about: "sums in words", metric: "accuracy", trainingExamples: 4100,
    evaluationExamples: 2000, recommendedSettings: settings)

  static func plan(_ digit: Character, seed: UInt64 = 0) -> RunPlan {
    var settings = settings
    settings.seed = seed
    let targets = Targets.fifteen.first { $0.hexDigit == digit } ?? .all
    return RunPlan(model: .builtin, data: data.reference, targets: targets, settings: settings)
  }

  /// A falling curve with noise that is the same everywhere.
  static func losses(steps: Int, from: Double = 4, to: Double, speed: Double = 70, noise: Double = 0.12) -> [Float] {
    var random: UInt64 = UInt64(to * 1000) &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<steps).map { step in
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      let wobble = Double(random % 2000) / 1000 - 1
      let value = to + (from - to) * exp(-Double(step) / speed)
      return Float(value * (1 + noise * wobble))
    }
  }

  static func run(
    _ id: RunID, _ digit: Character, seed: UInt64 = 0, state: RunState, steps: Int = 400, loss: Double? = nil,
    score: Double? = nil, fail: Double = 0.012, overhead: Double? = nil
  ) -> RunSummary {
    var run = RunSummary(id: id, plan: plan(digit, seed: seed), state: state, created: now - 3600)
    let started = state != .waiting
    run.totalSteps = started ? 400 : 0
    run.step = started ? steps : 0
    if let loss {
      run.losses = MetricSeries(losses(steps: steps, to: loss))
      run.gradientNorms = MetricSeries(losses(steps: steps, from: 2, to: 0.35, speed: 60, noise: 0.3))
      run.learningRates = MetricSeries(
        (0..<steps).map { step in
          let rate = step < 20 ? Double(step + 1) / 20 : 0.5 * (1 + cos(.pi * Double(step - 20) / 380))
          return Float(2e-4 * rate)
        })
      run.elapsed = MetricSeries((1...steps).map { Float($0) * 0.75 })
      run.tokenCounts = MetricSeries((1...steps).map { Float($0) * 3700 })
      run.tokenRates = MetricSeries((1...steps).map { 4900 + 300 * Float(sin(Double($0) / 7)) })
      run.memory = MetricSeries((1...steps).map { 1.4e9 + ($0 > 60 ? 2e8 : 0) })
      run.energy = energy(run.plan.targets, step: steps)
    }
    if started {
      run.started = now - 600 - Double(20 - id) * 300
      run.tokensPerSecond = 4890 + Double(id) * 10
      run.peakMemoryBytes = 1_717_986_918
      run.wallSeconds = 300
      run.prepared = PreparedRun(
        totalSteps: 400, trainableParameters: model.adapterParameters(run.plan.targets, rank: 8),
        baseParameters: model.parameterCount, modules: run.plan.targets.moduleNames, trainingExamples: 4100,
        truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 2000, baseFingerprint: "test",
        instructionSet: "avx2", threads: 2)
    }
    if let score {
      run.score = ScoreSummary(
        metric: "accuracy", score: Interval(estimate: score, low: score - 0.021, high: score + 0.021), examples: 2000,
        parseFailureRate: fail, lenient: score + 0.01, meanOutputTokens: 11.3)
      run.finished = now - Double(20 - id) * 290
    }
    if let overhead {
      let p50 = 18.4 * (1 + overhead / 100)
      run.latency = LatencySummary(
        p50: p50, p95: p50 * 1.08, baseP50: 18.4, baseP95: 19.8,
        overheadPercent: Interval(estimate: overhead, low: overhead - 0.5, high: overhead + 0.5), blocks: 12)
    }
    return run
  }

  /// Grows with the steps; the later layers of the feed-forward part change most.
  static func energy(_ targets: Targets, step: Int) -> AdapterEnergy {
    let weights: [LinearModule: Double] = [
      .qProj: 0.4, .kProj: 0.1, .vProj: 1.2, .oProj: 0.8, .gateProj: 0.7, .upProj: 1.5, .downProj: 2.2,
    ]
    let energies = targets.present(in: model.linears).map { path in
      let height = exp(-pow(Double(path.layer - 20) / 8, 2))
      return (path, 2e-5 * Double(step) * (weights[path.module] ?? 0) * (0.01 + height))
    }
    return AdapterEnergy(
      step: step, energies: Dictionary(uniqueKeysWithValues: energies), in: model.linears)
  }

  /// Tokens of twelve blocks: the base about 18.4 ms, the adapter a tenth more, each with a tail.
  static let latencyBlocks: [LatencyBlock] = {
    var random: UInt64 = 88_172_645_463_325_252
    func next() -> Double {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      return Double(random % 10_000) / 10_000
    }
    return (0..<12).map { block in
      let isBase = block % 2 == 0
      return LatencyBlock(
        block: block, isBase: isBase,
        millisecondsPerToken: (0..<64).map { _ in
          (isBase ? 18.4 : 20.4) + (next() + next() + next() - 1.5) * 1.2 + (next() > 0.97 ? 6 : 0)
        })
    }
  }()

  /// Seventeen runs in every state, as a person might see them in the middle of a study.
  static let snapshot: Snapshot = {
    var snapshot = Snapshot()
    snapshot.version = 7
    snapshot.model = model
    snapshot.data = data
    snapshot.availableData = [data]
    var failed = run(5, "9", state: .failed, steps: 100, loss: 0.9)
    failed.losses = MetricSeries(losses(steps: 99, to: 0.9) + [.nan])
    failed.reason = "loss is NaN at step 100"
    var paused = run(4, "9", seed: 1, state: .paused, steps: 200, loss: 0.741)
    paused.secondsLeft = 155
    var training = run(13, "F", state: .training, steps: 248, loss: 0.30)
    training.secondsLeft = 118
    training.seriesSlot = 0
    var best = run(12, "D", state: .done, loss: 0.413, score: 0.696, overhead: 11.9)
    best.seriesSlot = 1
    best.adapterPath = "/data/runs/12/adapter"
    var cheap = run(11, "C", state: .done, loss: 0.617, score: 0.669, fail: 0.014, overhead: 6.4)
    cheap.seriesSlot = 2
    snapshot.runs = [
      run(3, "F", seed: 7, state: .cancelled, steps: 0), paused, failed,
      run(6, "2", state: .done, loss: 0.861, score: 0.521, fail: 0.046, overhead: 1.9),
      run(7, "1", state: .done, loss: 0.755, score: 0.582, fail: 0.029, overhead: 5.6),
      run(8, "8", state: .done, loss: 0.710, score: 0.603, fail: 0.031, overhead: 2.3),
      run(9, "3", state: .done, loss: 0.702, score: 0.610, fail: 0.022, overhead: 7.4),
      run(10, "4", state: .done, loss: 0.655, score: 0.635, fail: 0.020, overhead: 4.1), cheap, best, training,
      run(14, "E", state: .waiting), run(15, "5", state: .waiting), run(16, "B", state: .waiting),
      run(17, "7", state: .waiting),
    ]
    snapshot.queue = [14, 15, 16, 17]
    snapshot.engine.secondsLeft = 1380
    snapshot.engine.threads = 2
    snapshot.notices = [
      Notice(level: .info, text: "the store holds 17 runs", time: now - 4000),
      Notice(level: .error, text: "#5 Q··2 failed: loss is NaN at step 100", time: now - 900),
      Notice(level: .good, text: "#12 done: qkv+fc1+fc2 69.6±2.1 %, +11.9±0.5 % TPOT", time: now),
    ]
    return snapshot
  }()

  /// The base's own evaluation beside `snapshot`'s runs.
  static let base: RunSummary = {
    var base = run(18, "F", state: .done, steps: 0, score: 0.314, fail: 0.22)
    base.plan = plan("F").baseline ?? base.plan
    base.totalSteps = 0
    return base
  }()

  /// What the engine says of a plan: times by parameters, and the finished runs of the snapshot.
  static func estimate(_ plan: SweepPlan) -> SweepEstimate {
    let items = plan.parts.flatMap { part in
      plan.combinations.map { set in
        let settings = plan.settings(part, set, in: model)
        let parameters = model.adapterParameters(set, rank: settings.rank)
        let done = snapshot.runs.count { $0.plan.data == part.data && $0.plan.targets == set && $0.state == .done }
        return SweepEstimate.Item(
          data: part.data, targets: set, rank: settings.rank, parameters: parameters,
          have: min(done, plan.seeds.count), wanted: plan.seeds.count,
          secondsPerRun: 200 + Double(parameters) / 35_000)
      }
    }
    return SweepEstimate(
      items: items,
      ways: plan.parts.map {
        SweepEstimate.Way(
          data: $0.data, jobs: 2, tokensPerSecondInTurn: 4580, tokensPerSecondAtOnce: 5120, atOnce: 2)
      }, runsToDo: items.reduce(0) { $0 + $1.wanted - $1.have }, secondsTotal: 10_000, basedOnRuns: 7)
  }

  static var comparison: Comparison {
    let runs = snapshot.runs
    func row(_ id: RunID, _ verdict: Comparison.Verdict, _ difference: Double?) -> Comparison.Row {
      Comparison.Row(
        run: runs.first { $0.id == id } ?? runs[0],
        difference: difference.map { Interval(estimate: $0, low: $0 - 1.3, high: $0 + 1.3) },
        pValue: difference == nil ? nil : 0.0021, test: "exact McNemar", verdict: verdict, pairedExamples: 2000,
        onFront: true, overBase: Interval(estimate: 35.5 + (difference ?? 0), low: 33.1, high: 38.4))
    }
    func outcome(_ output: String, _ score: Double, parsed: Bool = true) -> ExampleOutcome {
      ExampleOutcome(
        index: 3, prompt: "", expected: "75", output: output, score: score, parsed: parsed, lenient: score,
        outputTokens: 12)
    }
    let sample = Comparison.Sample(
      prompt: "Tom has 14 boxes of 6 pens and gives away 9 pens. How many pens are left?", expected: "75",
      outcomes: [
        outcome("14 * 6 = 84\n84 - 9 = 74\nAnswer: 74", 0), outcome("14 * 6 = 84\n84 - 9 = 75\nAnswer: 75", 1),
        outcome("14 boxes of 6 pens is 84 pens, so after giving 9 away there are seventy-five.", 0, parsed: false),
      ])
    return Comparison(
      baseline: 11,
      rows: [row(11, .baseline, nil), row(12, .better, 2.7), row(10, .cannotTell, -0.6)],
      settings: [
        Comparison.Setting(name: "targets", values: ["fc1+fc2", "qkv+fc1+fc2", "fc1"]),
        Comparison.Setting(name: "model", values: ["test-360M", "test-360M", "test-360M"]),
        Comparison.Setting(name: "dataset", values: ["sums", "sums", "sums"]),
        Comparison.Setting(name: "rank", values: ["8", "8", "8"]),
        Comparison.Setting(name: "learning rate", values: ["2e-4", "2e-4", "2e-4"]),
        Comparison.Setting(name: "steps", values: ["400", "400", "400"]),
      ], samples: [sample, sample],
      conclusion:
        "#12 is better than #11 by 2.7 ± 1.3 points (exact McNemar, Holm, p = 0.002, n = 2000); #10 against #11: cannot tell."
    )
  }

  static var examples: [ExampleOutcome] {
    (0..<24).map { index in
      ExampleOutcome(
        index: index, prompt: "Tom has 14 boxes of 6 pens and gives away 9 pens. How many pens are left?",
        expected: "75", output: "14 * 6 = 84\n84 - 9 = 75\nAnswer: 75", score: index % 3 == 0 ? 0 : 1,
        parsed: index != 6, lenient: 1, outputTokens: 14)
    }
  }

  /// A state that has taken `snapshot` and the engine's answers.
  static func state(
    columns: Int = 120, rows: Int = 36, characterSet: Terminal.CharacterSet = .braille,
    snapshot: Snapshot = TestData.snapshot
  ) -> DashboardState {
    var state = DashboardState(
      size: ScreenSize(columns: columns, rows: rows), characterSet: characterSet, themeNames: ["Day", "Night"])
    state.now = now
    Driver.apply(.snapshot(snapshot), to: &state)
    return state
  }
}
