import Messages
import Recipe
import Testing

@Suite struct SnapshotFoldingTests {
  private func snapshot() -> Snapshot {
    var snapshot = Snapshot()
    for id in [3, 7, 9] as [RunID] {
      let plan = RunPlan(model: .builtin, data: .task(name: "cocohd"), targets: .oProj, settings: RunSettings())
      snapshot.runs.append(RunSummary(id: id, plan: plan, state: .waiting, created: 1))
    }
    return snapshot
  }

  private func event(_ content: Event.Content, run: RunID? = 7, time: Double = 5) -> Event {
    Event(sequence: 1, time: time, run: run, content: content)
  }

  private func step(_ step: Int, loss: Float = 1, seconds: Double = 0.5) -> Event.Content {
    .step(
      StepSample(step: step, loss: loss, gradientNorm: 2, learningRate: 1e-3, tokens: 100, seconds: seconds))
  }

  private func prepared(steps: Int) -> Event.Content {
    .prepared(
      PreparedRun(
        totalSteps: steps, trainableParameters: 10, baseParameters: 100, modules: ["m"], trainingExamples: 5,
        truncatedExamples: 0, droppedExamples: 0, evaluationExamples: 3, baseFingerprint: "f",
        instructionSet: "avx2", threads: 2))
  }

  /// Runs lie in boxes that copies share until one of them changes.
  @Test func aRunThatGoesOnIsAnotherOneInEarlierSnapshots() throws {
    var snapshot = snapshot()
    for index in 1...3 { snapshot.fold(event(step(index))) }
    let before = snapshot
    snapshot.fold(event(step(4)))
    snapshot.fold(event(.stateChanged(.done, reason: "over"), time: 9))
    snapshot.runs[1].labels.name = "best"
    let (old, new) = (try #require(before.run(7)), try #require(snapshot.run(7)))
    #expect(old.step == 3 && old.losses.count == 3 && old.state == .waiting && old.finished == nil)
    #expect(old.labels.name == nil && old.reason == nil && old.tokenCounts.values(0..<9) == [100, 200, 300])
    #expect(new.step == 4 && new.losses.count == 4 && new.state == .done && new.finished == 9)
    #expect(new.labels.name == "best" && new.plan == old.plan && snapshot.run(3)?.losses.count == 0)
  }

  /// A run that goes back has no picture of an adapter that it has not yet.
  @Test func energyFollowsTheRun() throws {
    var snapshot = snapshot()
    let linears = ModelLinears(decoder: BlockLinears(count: 1, shapes: [.oProj: LinearShape(rows: 1, columns: 1)]))
    func energy(_ step: Int) -> AdapterEnergy {
      AdapterEnergy(step: step, energies: [ModulePath(layer: 0, module: .oProj): 1], in: linears)
    }
    for index in 1...4 { snapshot.fold(event(step(index))) }
    snapshot.fold(event(.energy(energy(2))))
    #expect(snapshot.run(7)?.energy?.step == 2 && snapshot.run(3)?.energy == nil)
    snapshot.fold(event(.rewound(toStep: 3)))
    #expect(snapshot.run(7)?.energy?.step == 2)
    snapshot.fold(event(.rewound(toStep: 1)))
    #expect(snapshot.run(7)?.energy == nil)
  }

  @Test func stepsOfOneRunOnly() throws {
    var snapshot = snapshot()
    snapshot.fold(event(prepared(steps: 40)))
    for index in 1...3 { snapshot.fold(event(step(index, loss: Float(index)))) }
    let run = try #require(snapshot.run(7))
    #expect(run.step == 3)
    #expect(run.totalSteps == 40)
    #expect(run.losses.values(0..<3) == [1, 2, 3])
    #expect(run.elapsed.values(0..<3) == [0.5, 1, 1.5])
    #expect(run.tokensPerSecond == 200)
    #expect(snapshot.run(3)?.losses.count == 0)
    #expect(snapshot.run(8) == nil)
  }

  @Test func timeLeftComesAfterTenStepsAndLeavesTheWarmUpOut() throws {
    var snapshot = snapshot()
    snapshot.fold(event(prepared(steps: 40)))
    for index in 1...9 { snapshot.fold(event(step(index, seconds: 2))) }
    #expect(try #require(snapshot.run(7)).secondsLeft == nil)
    snapshot.fold(event(step(10, seconds: 2)))
    #expect(try #require(snapshot.run(7)).secondsLeft == 60)
    for index in 11...20 { snapshot.fold(event(step(index, seconds: 1))) }
    #expect(try #require(snapshot.run(7)).secondsLeft == 20)
  }

  @Test func heatsStayInTheirOrder() throws {
    var snapshot = snapshot()
    for (heat, loss) in [(1, 3.0), (2, 2), (1, 1)] {
      let summary = HeatSummary(
        heat: heat, heats: 3, step: 10 * heat, totalSteps: 30, loss: loss,
        score: Interval(estimate: 0.5, low: 0.4, high: 0.6), examples: 10, seconds: 1)
      snapshot.fold(
        event(.heat(summary, scores: [], groups: [])))
    }
    #expect(snapshot.run(7)?.heats?.map(\.heat) == [1, 2])
    #expect(snapshot.run(7)?.heats?.first?.loss == 1)
  }

  @Test func rewindingReplacesLaterSteps() throws {
    var snapshot = snapshot()
    for index in 1...5 { snapshot.fold(event(step(index, loss: 1))) }
    let before = snapshot
    snapshot.fold(event(.rewound(toStep: 3)))
    #expect(snapshot.run(7)?.step == 3)
    snapshot.fold(event(step(4, loss: 9)))
    let run = try #require(snapshot.run(7))
    #expect(run.losses.values(0..<9) == [1, 1, 1, 9])
    #expect(run.learningRates.count == 4)
    #expect(before.run(7)?.losses.values(0..<9) == [1, 1, 1, 1, 1])
  }

  @Test func statesKeepTheirTimesAndReasons() throws {
    var snapshot = snapshot()
    snapshot.fold(event(.stateChanged(.training, reason: nil), time: 10))
    snapshot.fold(event(.stateChanged(.evaluating, reason: nil), time: 20))
    snapshot.fold(event(.evaluationProgress(done: 1, total: 4, runningScore: 0.5), time: 21))
    #expect(snapshot.run(7)?.phaseProgress == 0.25)
    #expect(snapshot.run(7)?.runningScore == 0.5)
    snapshot.fold(event(.stateChanged(.failed, reason: "why"), time: 30))
    let run = try #require(snapshot.run(7))
    #expect(run.started == 10)
    #expect(run.finished == 30)
    #expect(run.reason == "why")
    #expect(run.phaseProgress == 0)
    #expect(run.runningScore == nil)
  }

  @Test func noticesAreBounded() {
    var snapshot = snapshot()
    for index in 0..<1000 {
      snapshot.fold(event(.notice(Notice(level: .info, text: "\(index)", time: 0)), run: nil))
    }
    #expect(snapshot.notices.count == 200)
    #expect(snapshot.notices.last?.text == "999")
  }
}
