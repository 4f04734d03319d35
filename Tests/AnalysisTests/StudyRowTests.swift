import Analysis
import Messages
import Recipe
import Testing

/// Rows of the table from runs of the store.
@Suite struct StudyRowTests {
  private static let order = HeatOrder(shares: [0.3, 1], examples: 2, waitsAfter: nil)

  /// Two runs at once: training took 10 s, of which 5 are its share of the machine; heats 1 s each, the evaluation 6 (3).
  private func finished() -> RunSummary {
    var settings = RunSettings()
    settings.learningRate = 6e-3
    settings.seed = 3
    var run = RunSummary(
      id: 1, plan: RunPlan(model: .builtin, data: .task(name: "medmcqa"), targets: .oProj, settings: settings),
      state: .done, created: 0)
    run.totalSteps = 80
    run.prepared = PreparedRun(
      totalSteps: 80, trainableParameters: 36, baseParameters: 1, modules: [], trainingExamples: 1,
      truncatedExamples: 0,
      droppedExamples: 0, evaluationExamples: 3, baseFingerprint: "abc", instructionSet: "avx2", threads: 1)
    for step in 0..<80 { run.losses.append(Float(step)) }
    let score = Interval(estimate: 0.5, low: 0, high: 1)
    run.heats = [(24, 2.5), (80, 7.0)].enumerated().map { place, heat in
      HeatSummary(
        heat: place + 1, heats: 2, step: heat.0, totalSteps: 80, loss: 1, score: score, examples: 2, seconds: heat.1,
        scoringSeconds: 1)
    }
    var phases = PhaseSeconds()
    phases.training = 10
    phases.evaluating = 10
    run.phases = phases
    return run
  }

  private let scores = [
    HeatScores(heat: 2, step: 80, scores: [1, 1], groups: [nil, nil]),
    HeatScores(heat: 1, step: 24, scores: [0, 1], groups: [nil, nil]),
  ]

  private let evaluation = [1, 0, 2].map {
    ExampleOutcome(
      index: $0, prompt: "", expected: "", output: "", score: $0 == 2 ? 0.5 : 1, parsed: true, lenient: 0,
      outputTokens: 1)
  }

  @Test func aFinishedRunIsARow() throws {
    let row = try #require(
      StudyRow(finished(), heats: scores, by: Self.order, evaluation: evaluation, overhead: 1.5, energy: 2))
    #expect(row.key == StudyRow.Key(base: "abc", task: "medmcqa", targets: .oProj, rate: 6e-3, seed: 3))
    #expect(row.heats.map(\.share) == [0.3, 1] && row.heats.map(\.step) == [24, 80])
    #expect(row.heats.map(\.outcomes.values) == [[0, 1], [1, 1]] && row.evaluation.values == [1, 1, 0.5])
    #expect(row.trainSeconds == 5 && row.evaluateSeconds == 3 && row.heats.map(\.seconds) == [1, 1])
    #expect(row.losses.count == 40 && row.losses.first == 0.5 && !row.diverged)
    // It is read back as it was written, and added once.
    var table = StudyRows(rows: [row])
    let isNew = table.add(row)
    #expect(!isNew)
    var again = StudyRows()
    try again.read(try table.text(), name: "rows")
    #expect(again.row(row.key)?.trainSeconds == 5)
  }

  @Test func whatHasNoEndIsNone() {
    func row(_ change: (inout RunSummary) -> Void, heats: [HeatScores]? = nil) -> StudyRow? {
      var run = finished()
      change(&run)
      return StudyRow(run, heats: heats ?? scores, by: Self.order, evaluation: [], overhead: nil, energy: nil)
    }
    #expect(row { $0.state = .stopped } == nil)
    #expect(row({ _ in }, heats: [scores[1]]) == nil)
    let diverged = row(
      {
        $0.state = .failed
        $0.reason = "loss diverged: not finite at step 30"
      }, heats: [scores[1]])
    #expect(diverged?.diverged == true && diverged?.trainSeconds == 10)
  }

  /// A loss that is not finite has no place in JSON, and a heat that was scored late is none.
  @Test func aRunThatDivergedIsWritten() throws {
    var run = finished()
    run.state = .failed
    run.reason = "loss diverged: not finite at step 30"
    run.losses = MetricSeries()
    for step in 0..<30 { run.losses.append(step < 29 ? Float(step) : .nan) }
    let late = HeatScores(heat: 1, step: 25, scores: [1, 1], groups: [nil, nil])
    let row = try #require(
      StudyRow(run, heats: [late], by: Self.order, evaluation: [], overhead: nil, energy: nil))
    #expect(row.heats.isEmpty && row.losses.allSatisfy(\.isFinite) && row.losses.count == 14)
    var again = StudyRows()
    try again.read(try StudyRows(rows: [row]).text(), name: "rows")
    #expect(again.rows == [row])
  }

  @Test func aRunThatWasScoredLateIsNoneAtTheEnd() {
    let late = [scores[1], HeatScores(heat: 2, step: 79, scores: [1, 1], groups: [nil, nil])]
    #expect(StudyRow(finished(), heats: late, by: Self.order, evaluation: [], overhead: nil, energy: nil) == nil)
  }

  @Test func overheadsAreATasksOwn() throws {
    let row = try #require(
      StudyRow(finished(), heats: scores, by: Self.order, evaluation: evaluation, overhead: nil, energy: nil))
    var table = StudyRows(rows: [row])
    table.measure(base: "abc", task: "cocohd") { _ in 3 }
    #expect(table.row(row.key)?.overhead == nil)
    table.measure(base: "abc", task: "medmcqa") { _ in 3 }
    #expect(table.row(row.key)?.overhead == 3)
  }

  /// All that decides a result but the rate and the seed, which a row has itself.
  @Test func settingsOfATask() throws {
    var settings = RunSettings()
    let plain = StudyTask.settings(settings, parameterBudget: nil)
    settings.learningRate = 0.5
    settings.seed = 9
    settings.measureLatency = false
    #expect(StudyTask.settings(settings, parameterBudget: nil) == plain)
    settings.rank = 3
    #expect(StudyTask.settings(settings, parameterBudget: nil) != plain)
    #expect(StudyTask.settings(settings, parameterBudget: 7) != StudyTask.settings(settings, parameterBudget: nil))
    var table = StudyRows()
    let task = StudyTask(task: "a", base: "b", settings: plain)
    table.note(task)
    var again = StudyRows()
    try again.read(try table.text(), name: "rows")
    #expect(again.task("a", base: "b") == task)
  }

  /// What is trained past a heat without scores can have none there any more.
  @Test func whatCanBeScoredAtHeats() {
    let order = HeatOrder(shares: [0.3, 1], examples: 2, waitsAfter: nil)
    var run = finished()
    #expect(run.canBeScored(at: order))
    run.heats = nil
    #expect(!run.canBeScored(at: order))
    for (state, checkpoint, step, can) in [
      (RunState.paused, 24, 30, true), (.paused, 25, 25, false), (.waiting, nil, 0, true), (.training, nil, 23, true),
      (.training, nil, 26, false), (.paused, nil, 40, true),
    ] {
      run.state = state
      run.lastCheckpointStep = checkpoint
      run.step = step
      #expect(run.canBeScored(at: order) == can, "\(state) \(step)")
    }
  }
}
