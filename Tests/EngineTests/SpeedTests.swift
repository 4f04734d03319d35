import Engine
import Messages
import Recipe
import Testing
import Training

/// From measured speeds to times: arithmetic without a clock.
@Suite struct SpeedTests {
  private func settings(epochs: Double = 3) -> RunSettings {
    var settings = RunSettings()
    settings.batchSize = 16
    settings.packing = false
    settings.epochs = epochs
    settings.trainingExamples = 600
    settings.evaluationExamples = 500
    return settings
  }

  private func plan(_ targets: Targets, seed: UInt64 = 0, data: String = "medmcqa") -> RunPlan {
    var settings = settings()
    settings.seed = seed
    return RunPlan(model: .builtin, data: .task(name: data), targets: targets, settings: settings)
  }

  /// One run takes 0.1 s a step and 0.02 s an answer; two at once 0.16 and 0.05 each; o_proj alone half of that.
  private func measurement(data: String = "medmcqa") -> SpeedMeasurement {
    SpeedMeasurement(
      key: SpeedMeasurement.Key(
        machine: "m", baseFingerprint: "f", threads: 2, data: .task(name: data), settings: settings()),
      ways: [
        .init(jobs: 1, targets: .all, secondsPerStep: 0.1, secondsPerExample: 0.02),
        .init(jobs: 2, targets: .all, secondsPerStep: 0.16, secondsPerExample: 0.05),
        .init(jobs: 2, targets: .oProj, secondsPerStep: 0.08, secondsPerExample: 0.025),
      ], tokensPerStep: 800, tokensPerExample: 50, trainingExamples: 600, evaluationExamples: 500, preparingSeconds: 1,
      baseSecondsPerExample: 0.04, latencySeconds: 5, time: 0)
  }

  private func model(_ runs: [RunSummary] = [], jobs: Int? = nil, speeds: Bool = true) -> TimeModel {
    let measured = measurement()
    return TimeModel(
      machine: "m", threads: 2, speeds: speeds ? [measured.key: measured] : [:], fingerprints: [.builtin: "f"],
      fixedJobs: jobs, runs: runs)
  }

  /// Speeds of a file hold for runs that take more of it than the one that was clocked, or less, or another split of it.
  @Test func countsAreTheRunsOwn() throws {
    let data = DataReference.file(path: "a.jsonl", evaluation: .share(0.5))
    var measured = measurement()
    measured.key = SpeedMeasurement.Key(
      machine: "m", baseFingerprint: "f", threads: 2, data: data, settings: settings())
    measured.examplesPerRecord = 2
    func times(_ measured: SpeedMeasurement, _ change: (inout RunSettings) -> Void) -> RunTimes? {
      let model = TimeModel(
        machine: "m", threads: 2, speeds: [measured.key: measured], fingerprints: [.builtin: "f"], fixedJobs: 1,
        runs: [])
      var plan = RunPlan(model: .builtin, data: data, targets: .all, settings: settings())
      plan.settings.steps = nil
      plan.settings.evaluationExamples = nil
      change(&plan.settings)
      return model.times(plan)
    }
    let all = try #require(times(measured) { _ in })
    let half = try #require(times(measured) { $0.trainingExamples = 150 })
    let more = try #require(times(measured) { $0.trainingExamples = 5_000 })
    #expect(abs(half.training - all.training / 2) < 0.2 && more.training == all.training)
    let few = try #require(times(measured) { $0.evaluationExamples = 50 })
    let tuning = try #require(
      times(measured) {
        $0.evaluationSplit = .tuning
        $0.evaluationExamples = 1_000
      })
    #expect(abs(few.evaluating - all.evaluating / 10) < 1e-9 && abs(tuning.evaluating - 2 * all.evaluating) < 1e-9)
    // What earlier versions counted was one run's.
    measured.examplesPerRecord = nil
    #expect(times(measured) { _ in } == nil)
  }

  /// How far single runs are from what was said of their like; a speed of a busy machine is called so until runs say better.
  @Test func howSureTimesAre() throws {
    func run(_ id: RunID, _ seconds: Double) -> RunSummary {
      var run = RunSummary(id: id, plan: plan(.all, seed: UInt64(id)), state: .done, created: 0)
      run.wallSeconds = seconds
      run.phases = PhaseSeconds()
      run.phases?.training = seconds
      return run
    }
    let next = plan(.all, seed: 9)
    #expect(model([run(1, 10), run(2, 12)]).spread(next) == nil)
    let spread = try #require(model([run(1, 9), run(2, 10), run(3, 11)]).spread(next))
    #expect(abs(spread - 0.2) < 1e-9)
    let alone = try #require(model([run(1, 9), run(2, 10), run(3, 11)], speeds: false).spread(next))
    #expect(abs(alone - 0.2) < 1e-9)
    var measured = measurement()
    #expect(!measured.isBusy)
    measured.coreShare = 0.49
    #expect(measured.isBusy)
    func busy(_ runs: [RunSummary]) -> Double? {
      TimeModel(
        machine: "m", threads: 2, speeds: [measured.key: measured], fingerprints: [.builtin: "f"], fixedJobs: nil,
        runs: runs
      ).busyShare(next)
    }
    #expect(busy([]) == 0.49 && busy([run(1, 10)]) == nil)
    let estimate = SweepEstimate(items: [], runsToDo: 1, secondsTotal: 1, basedOnRuns: 3, spread: 0.2)
    #expect(estimate.certainty == ", ± 20 %")
    let rough = SweepEstimate(items: [], runsToDo: 1, secondsTotal: 1, basedOnRuns: 0, busyShare: 0.49)
    #expect(rough.certainty == ", speeds of a busy machine (others took 51 %)")
  }

  /// Each held-out loss is a forward pass over at most 64 examples: half of a step over as many tokens.
  @Test func heldOutLossesTakeTheirTime() throws {
    let model = model(jobs: 1)
    var watched = plan(.all)
    watched.settings.evalEvery = 50
    let without = try #require(model.times(plan(.all))).training
    let with = try #require(model.times(watched)).training
    // 113 steps have three, each of 64 · 50 tokens where a step has 800.
    #expect(close(without, 11.3) && close(with, 11.3 + 3 * 0.1 * 0.5 * 64 * 50 / 800))
  }

  private func run(
    _ targets: Targets, seed: UInt64 = 0, threads: Int = 2, training: Double, evaluating: Double, measuring: Double,
    machine: String? = "m"
  ) -> RunSummary {
    var run = RunSummary(id: 1, plan: plan(targets, seed: seed), state: .done, created: 0)
    run.wallSeconds = training + evaluating + measuring
    run.phases = PhaseSeconds()
    run.phases?.training = training
    run.phases?.evaluating = evaluating
    run.phases?.measuring = measuring
    run.prepared = PreparedRun(
      totalSteps: 113, trainableParameters: 1, baseParameters: 1, modules: [], trainingExamples: 600,
      truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 500, baseFingerprint: "f", instructionSet: "avx2",
      threads: threads, machine: machine)
    return run
  }

  private func close(_ a: Double?, _ b: Double) -> Bool { abs((a ?? .nan) - b) < 1e-9 * max(1, abs(b)) }

  // MARK: Arithmetic

  @Test func numbersOfRunsThatAreTried() {
    #expect(SpeedArithmetic.candidates(threads: 1, runs: 9) == [1])
    #expect(SpeedArithmetic.candidates(threads: 2, runs: 9) == [1, 2])
    #expect(SpeedArithmetic.candidates(threads: 12, runs: 99) == [1, 2, 4, 8, 12])
    #expect(SpeedArithmetic.candidates(threads: 16, runs: 3) == [1, 2, 3])
    #expect(SpeedArithmetic.candidates(threads: 16, runs: 0) == [1])
  }

  @Test func stepsFollowFromTheSettings() {
    var settings = settings()
    #expect(SpeedArithmetic.steps(settings, examples: 600, tokensPerExample: 50) == 113)
    settings.gradientAccumulation = 2
    #expect(SpeedArithmetic.steps(settings, examples: 600, tokensPerExample: 50) == 57)
    settings.gradientAccumulation = 1
    settings.packing = true
    settings.sequenceLength = 100
    // 1600 tokens a batch hold 32 examples.
    #expect(SpeedArithmetic.steps(settings, examples: 600, tokensPerExample: 50) == 57)
    settings.steps = 7
    #expect(SpeedArithmetic.steps(settings, examples: 600, tokensPerExample: 50) == 7)
  }

  @Test func whatLiesBetweenTwoSetsIsInterpolated() throws {
    let measured = measurement()
    let all = try #require(SpeedArithmetic.speed(measured, .all, jobs: 2))
    #expect(close(all.step, 0.16) && close(all.example, 0.05))
    let single = try #require(SpeedArithmetic.speed(measured, .oProj, jobs: 2))
    #expect(close(single.step, 0.08) && close(single.example, 0.025))
    // Four of seven projections lie in the middle between one and seven.
    let middle = try #require(SpeedArithmetic.speed(measured, [.qkv, .oProj], jobs: 2))
    #expect(close(middle.step, 0.12))
    // The share that was seen with two at once holds for one.
    let alone = try #require(SpeedArithmetic.speed(measured, .oProj, jobs: 1))
    #expect(close(alone.step, 0.05))
    #expect(SpeedArithmetic.speed(measured, .all, jobs: 4) == nil)
  }

  @Test func moreRunsAtOnceOnlyWhereThatIsFaster() {
    let measured = measurement()
    // Steps: 0.16 ÷ 2 against 0.1. Answers: 0.05 ÷ 2 against 0.02.
    #expect(SpeedArithmetic.jobs(measured, .all, steps: 100, examples: 0) == 2)
    #expect(SpeedArithmetic.jobs(measured, .all, steps: 0, examples: 100) == 1)
    #expect(SpeedArithmetic.jobs(measured, .all, steps: 100, examples: 300) == 2)
    // A gain within the noise is none.
    #expect(SpeedArithmetic.jobs(measured, .all, steps: 100, examples: 390) == 1)
  }

  @Test func aShortLatencyMeasurementTellsHowLongAWholeOneTakes() {
    let options = LatencyOptions(minimumRounds: 8, maximumRounds: 2000, timeCap: 25, targetHalfWidth: 1)
    // Twice the width asks for four times the rounds.
    #expect(
      close(SpeedArithmetic.latencySeconds(rounds: 20, seconds: 2, halfWidth: 2, options: options), 8))
    #expect(close(SpeedArithmetic.latencySeconds(rounds: 20, seconds: 2, halfWidth: 0.1, options: options), 0.8))
    #expect(close(SpeedArithmetic.latencySeconds(rounds: 20, seconds: 2, halfWidth: 9, options: options), 25))
    #expect(SpeedArithmetic.latencySeconds(rounds: 0, seconds: 0, halfWidth: .nan, options: options) == 0)
  }

  // MARK: Runs

  @Test func timesComeFromSpeedsBeforeTheFirstRun() throws {
    let times = try #require(model().times(plan(.all)))
    // Two at once: 113 steps of 0.16 s, 500 answers of 0.05 s are worse than one after another.
    #expect(model().jobs(plan(.all)) == 1)
    #expect(close(times.preparing, 1) && close(times.training, 11.3))
    #expect(close(times.evaluating, 10) && close(times.measuring, 5))
    #expect(close(model(jobs: 2).times(plan(.all))?.training, 18.08))
    // A number that was not measured: the machine does as much as with the nearest.
    #expect(close(model(jobs: 4).times(plan(.all))?.training, 36.16))
    #expect(model().times(plan(.all, data: "cocohd")) == nil)
    #expect(model(speeds: false).times(plan(.all)) == nil)
    let base = try #require(plan(.all).baseline)
    // 500 answers, 200 choices among options that take as long as four each, and 100 answers with four examples before each prompt.
    #expect(close(model().times(base)?.evaluating, 20 + 32 + 16))
    var plain = base
    plain.settings.fewShot = 0
    // The choices stay.
    #expect(close(model().times(plain)?.evaluating, 20 + 32))
  }

  @Test func finishedRunsOfTheSameSetDecide() throws {
    let done = run(.all, training: 20, evaluating: 8, measuring: 2)
    let times = try #require(model([done]).times(plan(.all, seed: 1)))
    #expect(times.training == 20 && times.evaluating == 8 && times.measuring == 2)
    #expect(model([done]).basis(plan(.all)) == 1)
    // What another machine took says nothing here.
    let elsewhere = run(.all, training: 20, evaluating: 8, measuring: 2, machine: "other")
    #expect(close(model([elsewhere]).times(plan(.all))?.training, 11.3))
  }

  @Test func finishedRunsOfOtherSetsCorrectTheSpeeds() throws {
    // o_proj took twice what its speed says: so will the others.
    let done = run(.oProj, training: 11.3, evaluating: 10, measuring: 4)
    let times = try #require(model([done]).times(plan(.all)))
    #expect(close(times.training, 22.6))
    #expect(close(times.evaluating, 20))
    #expect(close(times.measuring, 4))
    // Without speeds their mean is all there is.
    #expect(close(model([done], speeds: false).times(plan(.all))?.training, 11.3))
  }

  @Test func runsThatSharedTheMachineAreConverted() throws {
    // One of two at once: 18.08 s of training are 11.3 s alone.
    let done = run(.all, threads: 1, training: 18.08, evaluating: 25, measuring: 5)
    let times = try #require(model([done], jobs: 1).times(plan(.all)))
    #expect(close(times.training, 11.3) && close(times.evaluating, 10))
    // Without speeds a run alone is taken to go twice as fast as one of two.
    #expect(close(model([done], jobs: 1, speeds: false).times(plan(.all))?.training, 9.04))
  }

  @Test func whatIsLeftOfARunIsLess() throws {
    var training = RunSummary(id: 1, plan: plan(.all), state: .training, created: 0)
    training.totalSteps = 113
    training.step = 56
    training.secondsLeft = 7
    let left = try #require(model().left(of: training))
    #expect(left.preparing == 0 && left.training == 7 && close(left.evaluating, 10))
    var evaluating = training
    evaluating.state = .evaluating
    evaluating.phaseProgress = 0.75
    #expect(close(model().left(of: evaluating)?.shared, 2.5))
    var waiting = RunSummary(id: 2, plan: plan(.oProj), state: .waiting, created: 0)
    let whole = try #require(model().seconds(active: [training], queue: [waiting]))
    #expect(close(whole, 7 + 10 + 5 + 1 + 5.65 + 5 + 5))
    // The run under way stands for its kind where nothing was measured.
    waiting.plan.settings.seed = 4
    #expect(model(speeds: false).seconds(active: [training], queue: [waiting]) != nil)
    #expect(model(speeds: false).seconds(active: [], queue: [waiting]) == nil)
  }

  @Test func theSameKindOfRunsHasTheSameSpeed() {
    func key(_ change: (inout RunSettings) -> Void) -> SpeedMeasurement.Key {
      var settings = settings()
      change(&settings)
      return SpeedMeasurement.Key(
        machine: "m", baseFingerprint: "f", threads: 2, data: .task(name: "medmcqa"), settings: settings)
    }
    let mine = key { _ in }
    #expect(key { $0.seed = 9 } == mine)
    #expect(key { $0.learningRate = 1 } == mine)
    #expect(key { $0.epochs = 9 } == mine)
    #expect(key { $0.evaluationExamples = 3 } == mine)
    #expect(key { $0.rank = 64 } != mine)
    #expect(key { $0.batchSize = 1 } != mine)
    #expect(key { $0.useDoRA = true } != mine)
    // Under a budget every combination has a rank of its own, and they are one kind.
    let matched = key {
      $0.parameterBudget = 1000
      $0.rank = 3
    }
    let other = key {
      $0.parameterBudget = 1000
      $0.rank = 40
    }
    #expect(matched == other && matched != mine)
  }

  @Test func theMachineIsNamedByItsProcessor() {
    let text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\ncache size\t: 1 KB\nmodel name\t: Other\n"
    #expect(Machine.value("model name", in: text) == "Some CPU @ 3 GHz")
    #expect(Machine.value("nothing", in: text) == nil)
    #expect(!Machine.identity.isEmpty)
  }
}
