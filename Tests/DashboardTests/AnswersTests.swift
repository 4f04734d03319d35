import Dashboard
import Messages
import Recipe
import Terminal
import Testing

/// One prompt to the marked adapters: asked for in a field, drawn while they write, stopped when nobody waits.
@Suite("Adapters answer side by side")
struct AnswersTests {
  /// Compare with two marked runs that have adapters, nothing under way.
  private func state(columns: Int = 120, rows: Int = 36) -> DashboardState {
    var state = CompareData.state(runs: 3, examples: 20, columns: columns, rows: rows)
    var snapshot = state.snapshot
    for place in snapshot.runs.indices where !snapshot.runs[place].plan.isBaseline {
      snapshot.runs[place].state = .done
      snapshot.runs[place].adapterPath = "/data/runs/\(snapshot.runs[place].id)/adapter"
    }
    snapshot.queue = []
    Driver.apply(.snapshot(snapshot), to: &state)
    return state
  }

  private func asked(_ effects: [Effect]) -> AdapterQuestion? {
    effects.lazy.compactMap { if case .ask(.answers(let question)) = $0 { question } else { nil } }.first
  }

  private func answers(_ question: AdapterQuestion, isOver: Bool) -> AdapterAnswers {
    AdapterAnswers(
      question: question,
      answers: question.runs.map {
        AdapterAnswers.Answer(
          run: $0, label: "o_proj", tokens: [1, 2, 3], text: "answer of \($0)", tokensPerSecond: 12.34, isOver: isOver)
      }, tokensPerSecond: 24.6)
  }

  private func text(_ state: DashboardState) -> String { Render.screen(state).text.joined(separator: "\n") }

  @Test func sideBySideWhileTheyWrite() throws {
    var state = state()
    let runs = state.askedRuns.map(\.id)
    #expect(runs.count == 3)
    Driver.type("Q", on: &state)
    #expect(state.field?.prompt?.hasPrefix("prompt for #\(runs[0]) ") == true)
    #expect(asked(Driver.press(.enter, on: &state)) == nil && state.field?.message != nil)
    Driver.type("Who?", on: &state)
    let question = try #require(asked(Driver.press(.enter, on: &state)))
    #expect(question.runs == runs && question.prompt == "Who?" && state.field == nil)
    #expect(text(state).contains("reading the adapters"))
    // What the engine tells meanwhile.
    var snapshot = state.snapshot
    snapshot.engine.answers = answers(question, isOver: false)
    Driver.apply(.snapshot(snapshot), to: &state)
    let rows = Render.screen(state).text
    #expect(rows.contains { row in runs.allSatisfy { row.contains("answer of \($0)") } })
    #expect(text(state).contains("writing: 9 tokens, 24.6 tokens/s together") && text(state).contains("12.3 tok/s"))
    #expect(text(state).contains("3 adapters answer"))
    // The end.
    snapshot.engine.answers = nil
    Driver.apply(.snapshot(snapshot), to: &state)
    Driver.apply(.reply(.answers(question), .answers(answers(question, isOver: true))), to: &state)
    #expect(text(state).contains("written: 9 tokens") && text(state).contains("r another prompt"))
    #expect(Driver.commands(Driver.press(.escape, on: &state)).isEmpty && state.answers?.isOpen == false)
    // Where there is no room for three columns the third stands below.
    let narrow = Render.screen(
      {
        var copy = state
        copy.answers?.isOpen = true
        copy.size = ScreenSize(columns: 80, rows: 30)
        return copy
      }())
    #expect(narrow.text.contains { $0.contains("answer of \(runs[1])") && !$0.contains("answer of \(runs[2])") })
    #expect(narrow.text.contains { $0.contains("answer of \(runs[2])") })
  }

  @Test func whatNobodyWaitsForIsStopped() throws {
    var state = state()
    Driver.type("Q", on: &state)
    Driver.type("Who?", on: &state)
    let question = try #require(asked(Driver.press(.enter, on: &state)))
    #expect(Driver.commands(Driver.press(.escape, on: &state)) == [.stopAnswers])
    // Until the engine has stopped there is nothing else to ask.
    Driver.type("Q", on: &state)
    #expect(state.answers?.isOpen == true && state.field == nil)
    var stopped = answers(question, isOver: false)
    stopped.wasStopped = true
    Driver.apply(.reply(.answers(question), .answers(stopped)), to: &state)
    #expect(text(state).contains("stopped: 9 tokens"))
    Driver.type("r", on: &state)
    #expect(state.field?.field.text == "Who?")
    Driver.press(.enter, on: &state)
    Driver.apply(.reply(.answers(question), .refused("the adapter of run 4 is not there any more")), to: &state)
    #expect(text(state).contains("is not there any more"))
  }

  @Test func whyNot() {
    var state = state()
    var snapshot = state.snapshot
    for place in snapshot.runs.indices { snapshot.runs[place].adapterPath = nil }
    Driver.apply(.snapshot(snapshot), to: &state)
    Driver.type("Q", on: &state)
    #expect(state.field == nil && state.notice?.text.contains("no finished run with an adapter") == true)
    state = self.state()
    snapshot = state.snapshot
    snapshot.engine.isMeasuring = true
    Driver.apply(.snapshot(snapshot), to: &state)
    Driver.type("Q", on: &state)
    #expect(state.field == nil && state.notice?.text.contains("runs are under way") == true)
  }
}
