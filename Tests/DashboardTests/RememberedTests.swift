import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// Frames are made of what earlier frames have worked out. It must show nowhere: a screen is the same whether anything was drawn before it.
@Suite("What is kept between frames")
struct RememberedTests {
  /// Inputs of a session in which runs go on, curves are looked at, and tables and settings change.
  private var inputs: [Input] {
    var snapshot = TestData.snapshot
    var inputs: [Input] = [.snapshot(snapshot)]
    func type(_ keys: String) { inputs += keys.map { .key(.character($0)) } }
    func goOn(_ steps: Int) {
      for _ in 0..<steps {
        guard let run = snapshot.run(13) else { continue }
        let sample = StepSample(
          step: run.losses.count + 1, loss: run.losses.count.isMultiple(of: 5) ? .nan : 0.3, gradientNorm: 1,
          learningRate: 1e-4, tokens: 3700, seconds: 0.75)
        snapshot.fold(Event(sequence: 1, time: TestData.now, run: 13, content: .step(sample)))
      }
      snapshot.version += 1
      inputs.append(.snapshot(snapshot))
    }
    type("6jjj")
    goOn(3)
    type("4ihhll+")
    goOn(1)
    goOn(40)
    type("w{{a")
    inputs.append(.resize(ScreenSize(columns: 200, rows: 60)))
    type("-0u6 ")
    goOn(2)
    type("R")
    goOn(1)
    type("C+")
    inputs.append(.resize(ScreenSize(columns: 80, rows: 24)))
    type("M")
    return inputs
  }

  @Test("a screen is the same with and without the frames before it")
  func frames() {
    func start() -> DashboardState {
      var state = DashboardState(size: ScreenSize(columns: 120, rows: 36), themeNames: ["Day", "Night"])
      state.now = TestData.now
      return state
    }
    let inputs = inputs
    var drawn = start()
    for count in 1...inputs.count {
      Driver.apply(inputs[count - 1], to: &drawn)
      let frame = Render.screen(drawn)
      #expect(frame == Render.screen(drawn), "twice after input \(count)")
      guard count.isMultiple(of: 3) || count == inputs.count else { continue }
      var undrawn = start()
      for input in inputs.prefix(count) { Driver.apply(input, to: &undrawn) }
      #expect(frame == Render.screen(undrawn), "after input \(count)")
    }
  }
}
