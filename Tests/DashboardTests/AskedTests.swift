import Dashboard
import Messages
import Testing

@Suite("Questions of the dashboard")
struct AskedTests {
  private typealias Answer = Asked<Int, [Notice]>

  private func lines(_ reply: Reply) -> [Notice]? { if case .log(let lines) = reply { lines } else { nil } }

  private let line = Notice(level: .info, text: "a line", time: 1)

  @Test("a key is asked once, and again only after another one")
  func want() {
    var asked = Answer()
    #expect([1, 1, 2, 1, 1].map { asked.want($0) } == [1, nil, 2, 1, nil])
    #expect(asked.want(nil) == nil && asked.key == nil)
    #expect(asked.want(1) == 1)
  }

  @Test("late answers are dropped; a value stays until the next one, and a refusal takes its place")
  func take() {
    var asked = Answer()
    var taken: [Bool] = []
    _ = asked.want(1)
    taken.append(asked.take(.log([line]), to: 1, lines))
    _ = asked.want(2)
    #expect(asked.value == [line])
    taken.append(asked.take(.log([]), to: 1, lines))
    taken.append(asked.take(.refused("late"), to: 1, lines))
    taken.append(asked.take(.trash([]), to: 2, lines))
    #expect(asked.value == [line] && asked.refusal == nil)
    taken.append(asked.take(.refused("the disk is gone"), to: 2, lines))
    #expect(asked.value == nil && asked.refusal == "the disk is gone")
    _ = asked.want(3)
    taken.append(asked.take(.log([line]), to: 3, lines))
    #expect(asked.value == [line] && asked.refusal == nil)
    // What nobody wants any more does not come back.
    _ = asked.want(nil)
    taken.append(asked.take(.log([line]), to: 3, lines))
    #expect(asked.value == nil)
    #expect(taken == [true, false, false, false, true, true, false])
  }

  @Test("the Run screen never shows the outputs of another run")
  func otherRun() {
    var state = TestData.state()
    state.runs.selected = 12
    Driver.type("R", on: &state)
    #expect(state.run.examples.count == 24)
    let late = state.run.answer.key
    // A run that waits has none.
    Driver.type("M", on: &state)
    state.runs.selected = 14
    Driver.type("R", on: &state)
    #expect(state.run.run == 14 && state.run.examples.isEmpty)
    if let late { Driver.apply(.reply(.examples(late), .examples(TestData.examples)), to: &state) }
    #expect(state.run.examples.isEmpty)
  }
}
