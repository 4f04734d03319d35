import Messages
import Recipe
import Testing

/// Which steps have a held-out loss, and what a run's summary makes of the events.
@Suite struct HeldOutStepsTests {
  @Test func everySoManyAndTheLast() {
    let steps = HeldOutSteps(every: 5, of: 12)
    #expect((0...13).filter { steps.isDue(at: $0) } == [5, 10, 12])
    #expect((0..<3).map { steps.step(at: $0) } == [5, 10, 12])
    #expect([5, 10, 12].map { steps.index(of: $0) } == [0, 1, 2])
    #expect(steps.index(of: 6) == nil && steps.index(of: 0) == nil && steps.index(of: 15) == nil)
    #expect((0...13).map { steps.count(upTo: $0) } == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 3])
    #expect(HeldOutSteps(every: 4, of: 12).count == 3)
  }

  @Test func offAndBeyondTheEnd() {
    let off = HeldOutSteps(every: 0, of: 12)
    #expect(off.count == 0 && off.count(upTo: 12) == 0 && !off.isDue(at: 12) && off.index(of: 5) == nil)
    let rare = HeldOutSteps(every: .max, of: 12)
    #expect(rare.count == 1 && rare.step(at: 0) == 12 && rare.step(at: 3) == 12)
    #expect(rare.isDue(at: 12) && rare.index(of: 12) == 0)
    #expect(HeldOutSteps(every: 3, of: 0).count == 0)
  }

  private func run() -> RunSummary {
    let settings = RunSettings { ($0.steps, $0.evalEvery) = (20, 5) }
    let plan = RunPlan(model: .builtin, data: .task(name: "cocohd"), targets: .oProj, settings: settings)
    var run = RunSummary(id: 1, plan: plan, state: .training, created: 1)
    run.totalSteps = 20
    return run
  }

  private func fold(_ contents: [Event.Content], into run: inout RunSummary) {
    for content in contents { run.fold(Event(sequence: 1, time: 1, run: 1, content: content)) }
  }

  private func step(_ step: Int) -> Event.Content {
    .step(StepSample(step: step, loss: 1, gradientNorm: 1, learningRate: 1, tokens: 10, seconds: 2))
  }

  private func point(_ step: Int, _ loss: Float) -> Event.Content {
    .heldOutLoss(HeldOutLoss(step: step, loss: loss, examples: 6, tokens: 60, seconds: 3))
  }

  @Test func aRunThatGoesBackTakesThemAgain() {
    var run = run()
    for index in 1...10 { fold([step(index)] + (index % 5 == 0 ? [point(index, Float(index))] : []), into: &run) }
    #expect(run.heldOutPoints.map(\.step) == [5, 10] && run.heldOutPoints.map(\.loss) == [5, 10])
    var again = run
    fold([.rewound(toStep: 9)], into: &again)
    #expect(again.heldOutPoints.map(\.step) == [5])
    fold([step(10), point(10, 11)], into: &again)
    #expect(again.heldOutPoints.map(\.loss) == [5, 11])
    // At the step itself nothing is lost, and what is told twice counts once.
    fold([.rewound(toStep: 10), point(10, 12)], into: &again)
    #expect(again.heldOutPoints.map(\.loss) == [5, 12])
    // The others' series are their own.
    #expect(run.heldOutPoints.map(\.loss) == [5, 10])
  }

  @Test func whatIsYetToComeIsInTheTimeLeft() {
    var run = run()
    for index in 1...10 { fold([step(index)], into: &run) }
    #expect(run.secondsLeft == 20)
    fold([point(10, 1)], into: &run)
    // Out of its place: the first is missing, so it is no point of the series.
    #expect(run.heldOutLosses.count == 0 && run.secondsLeft == 20)
    fold([point(5, 1), point(10, 1)], into: &run)
    #expect(run.secondsLeft == 26)
  }
}
