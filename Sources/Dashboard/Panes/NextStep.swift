import Messages
import Recipe
import Terminal

/// After the first run, under it: what can be done now. It goes when there is a second one.
enum NextStep {
  static func lines(_ state: DashboardState) -> [[Span]] {
    // A frame does not read through thousands of runs: beside the first one there are evaluations of the base at most.
    guard state.snapshot.runs.count <= 20 else { return [] }
    let trained = state.snapshot.runs.filter { !$0.plan.isBaseline }
    guard trained.count == 1, trained[0].state == .done, state.readOnlyReason == nil, state.runs.filter.isEmpty else {
      return []
    }
    func step(_ key: String, _ text: String) -> [Span] { [Span(key, Style(.key)), Span(" \(text)   ", .dim)] }
    let count = state.sweep.combinations.count
    let all = count == Targets.fifteen.count ? "fifteen" : "\(count)"
    return [
      [Span("What now?   ", Style(.title))] + step("2", "Modules: Space toggles a row")
        + step("n", "trains the new set"),
      [Span("            ")] + step("S", "plans all \(all)") + step("C", "compares two runs")
        + step("e", "exports it"),
    ]
  }

  /// At the bottom of the table, where the rows leave room for it.
  static func draw(_ state: DashboardState, rows: Int, in table: Rect, on canvas: inout Canvas) {
    let lines = lines(state)
    guard !lines.isEmpty, table.height - 1 - rows > lines.count else { return }
    for (index, line) in lines.enumerated() {
      canvas.put(line, x: table.x + 2, y: table.y + 2 + rows + index, maxWidth: table.width - 3)
    }
  }
}
