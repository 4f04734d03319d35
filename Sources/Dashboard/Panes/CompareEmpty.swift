import Messages
import Terminal

/// What Compare says while there is nothing to compare.
enum CompareEmpty {
  static func draw(_ state: DashboardState, in inner: Rect, on canvas: inout Canvas) {
    let marked = state.comparedRuns
    let finished = marked.count { $0.state == .done || $0.state == .stopped }
    let text: String
    if let refusal = state.compare.answer.refusal {
      text = refusal
    } else if finished >= 2 {
      text = "comparing \(finished) runs"
    } else if marked.count >= 2 {
      text = "\(finished) of the \(marked.count) marked runs finished: two are needed for figures"
    } else {
      text = "Compare takes two to eight runs: mark them in Runs (M 6) with Space, then C"
    }
    for (index, line) in Wrap.lines(text, columns: inner.width).prefix(inner.height).enumerated() {
      canvas.put(line, x: inner.x, y: inner.y + index, style: .dim)
    }
  }
}
