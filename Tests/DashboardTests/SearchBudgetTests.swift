import Dashboard
import Messages
import Terminal
import Testing

/// The options of a sweep that bound what a search may cost.
@Suite("Budgets of a search")
struct SearchBudgetTests {
  private func text(_ state: DashboardState) -> [String] { Render.screen(state).text }

  /// Sweep's options with the strategy of a search, the cursor on a field.
  private func state(_ field: SweepView.Field, columns: Int = 120, rows: Int = 36) -> DashboardState {
    var state = TestData.state(columns: columns, rows: rows)
    Driver.type("S2jl", on: &state)
    state.sweep.field = field
    return state
  }

  private func search(_ effects: [Effect]) -> SearchChoice? {
    Driver.commands(effects).lazy.compactMap { if case .sweep(let plan) = $0 { plan.search } else { nil } }.first
  }

  @Test("both are typed, shown, said in the question and sent")
  func typed() {
    var state = state(.latency)
    #expect(text(state).contains { $0.contains("latency   any") })
    #expect(text(state).contains { $0.contains("minutes   no limit") })
    Driver.press(.enter, on: &state)
    Driver.type("7.5", on: &state)
    Driver.press(.enter, on: &state)
    Driver.type("jj", on: &state)
    #expect(state.sweep.field == .minutes)
    Driver.press(.enter, on: &state)
    Driver.type("90", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.sweep.latencyBudget == 7.5 && state.sweep.minutesBudget == 90)
    #expect(text(state).contains { $0.contains("latency   ≤ +7.5 % TPOT") })
    #expect(text(state).contains { $0.contains("minutes   ≤ 90") })
    Driver.type("n", on: &state)
    let lines = state.dialog?.lines ?? []
    #expect(lines.contains("What it names costs at most +7.5 % over the base's TPOT."))
    #expect(lines.contains("On each data set it ends after 90 minutes of machine time."))
    let choice = search(Driver.type("s", on: &state))
    #expect(choice == SearchChoice(isSearch: true, secondsBudget: 5400, latencyBudget: 7.5))
  }

  @Test("a fleet is typed, stepped and sent, and the question says whose TPOT counts")
  func fleet() {
    var state = state(.fleet)
    #expect(text(state).contains { $0.contains("fleet     one sequence") })
    Driver.press(.enter, on: &state)
    Driver.type("17", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field?.message?.hasPrefix("adapters in a batch, from 1 to 16") == true && state.sweep.fleet == nil)
    Driver.press(.control("u"), on: &state)
    Driver.type("8", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.sweep.fleet == 8 && text(state).contains { $0.contains("fleet     TPOT of 8 adapters") })
    Driver.type("n", on: &state)
    #expect(state.dialog?.lines.contains("What decoding costs is that of a batch of 8 adapters.") == true)
    #expect(search(Driver.type("s", on: &state)) == SearchChoice(isSearch: true, fleet: 8))
    state.sweep.latencyBudget = 10
    Driver.type("n", on: &state)
    #expect(
      state.dialog?.lines.contains("What it names costs at most +10 % over the base's TPOT in a batch of 8 adapters.")
        == true)
    Driver.press(.escape, on: &state)
    Driver.type("+-", on: &state)
    #expect(state.sweep.fleet == 8)
    Driver.press(.backspace, on: &state)
    #expect(state.sweep.fleet == nil)
    Driver.type("+-", on: &state)
    #expect(state.sweep.fleet == nil)
  }

  @Test("without budgets none are sent, and the question says nothing of them")
  func none() {
    var state = state(.latency)
    Driver.type("n", on: &state)
    #expect(state.dialog?.lines.count == 2)
    #expect(search(Driver.type("s", on: &state)) == SearchChoice(isSearch: true))
  }

  @Test(
    "what is no budget is said in the status row, and the old value stays",
    arguments: [
      "0", "-3", "1000001", "ten", "nan", "inf", "1e-60",
    ])
  func refused(_ wrong: String) {
    for field in [SweepView.Field.latency, .minutes] {
      var state = state(field)
      Driver.type("+", on: &state)
      let old = (state.sweep.latencyBudget, state.sweep.minutesBudget)
      #expect(old.0 != nil || old.1 != nil)
      Driver.press(.enter, .control("u"), on: &state)
      Driver.type(wrong, on: &state)
      Driver.press(.enter, on: &state)
      let message = state.field?.message ?? ""
      #expect(message.contains("over 0 and at most 1000000"), "\(field) \(wrong)")
      #expect(text(state).dropLast().last?.contains(message.prefix(60)) == true)
      Driver.press(.escape, on: &state)
      #expect(state.field == nil)
      #expect(state.sweep.latencyBudget == old.0 && state.sweep.minutesBudget == old.1)
    }
  }

  @Test("an empty text, the reset key and steps below the first take a budget away")
  func removed() {
    var state = state(.latency)
    Driver.type("++", on: &state)
    #expect(state.sweep.latencyBudget == 10)
    Driver.press(.enter, .control("u"), .enter, on: &state)
    #expect(state.field == nil && state.sweep.latencyBudget == nil)
    Driver.type("+", on: &state)
    Driver.press(.backspace, on: &state)
    #expect(state.sweep.latencyBudget == nil)
    Driver.type("jj+", on: &state)
    #expect(state.sweep.minutesBudget == 10)
    Driver.type("--", on: &state)
    #expect(state.sweep.minutesBudget == nil)
    Driver.type("+", on: &state)
    Driver.press(.backspace, on: &state)
    #expect(state.sweep.minutesBudget == nil)
    state.sweep.minutesBudget = 999_999
    Driver.type("+", on: &state)
    #expect(state.sweep.minutesBudget == 1_000_000)
  }

  @Test("where all are trained they say so and keep their values; the question's search keeps them too")
  func wholeRuns() {
    var state = state(.latency)
    Driver.type("+", on: &state)
    state.sweep.isSearch = false
    #expect(text(state).filter { $0.contains("searches only") }.count == 3)
    Driver.press(.enter, on: &state)
    #expect(state.field == nil)
    #expect(state.notice?.text == "latency: searches only; strategy chooses one")
    Driver.type("+", on: &state)
    #expect(state.sweep.latencyBudget == 5)
    Driver.type("n", on: &state)
    #expect(
      state.dialog?.lines.last == "In a search what it names costs at most +5 % over the base's TPOT.")
    #expect(search(Driver.type("f", on: &state)) == SearchChoice(isSearch: true, latencyBudget: 5))
    // One combination has nothing to race against.
    state.sweep.isSearch = true
    state.sweep.included = [.all]
    Driver.type("S2", on: &state)
    Driver.press(.enter, on: &state)
    #expect(state.field == nil && state.notice?.text.contains("nothing to race against") == true)
  }

  @Test("all options and what stands below them have room at the usual sizes", arguments: [(80, 24), (120, 36)])
  func room(columns: Int, rows: Int) {
    let lines = text(state(.minutes, columns: columns, rows: rows))
    for field in SweepView.Field.allCases { #expect(lines.contains { $0.contains(field.label) }, "\(field)") }
    #expect(lines.contains { $0.contains("1 Setup on Main") })
  }
}
