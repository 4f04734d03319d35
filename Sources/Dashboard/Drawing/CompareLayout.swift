import Terminal

/// Compare has more panes than most screens have room for: some share a place, in which the one is open that had the focus last.
package struct CompareSlots: Hashable, Sendable {
  /// Over the results at the left and at the right, and below them.
  package private(set) var left = Pane.compareLoss
  package private(set) var right = Pane.compareSettings
  package private(set) var lower = Pane.compareSamples

  package init() {}

  /// The same with this pane open.
  package func showing(_ pane: Pane) -> CompareSlots {
    var slots = self
    switch pane {
    case .compareLoss, .compareLatency: slots.left = pane
    case .compareSettings, .comparePairs, .compareLayers: slots.right = pane
    case .compareSamples, .compareExamples: slots.lower = pane
    default: break
    }
    return slots
  }

  package var panes: [Pane] { [left, right, .compareResults, lower] }
}

/// The arrangement of Compare's panes.
extension Layout {
  /// Two of the panes over the results and one below them; a last row names the others.
  static func compareWide(_ body: Rect, runs: Int, open: CompareSlots) -> [Place] {
    if body.width >= 180, body.height >= 50 { return compareLarge(body, runs: runs) }
    // Sentences about more than two runs take more than a line.
    let resultsHeight = max(2, min(8, runs)) + (body.height >= 40 ? 7 : 5)
    let (panes, others) = body.split(bottom: 1)
    let loss = max(9, min((panes.height - resultsHeight) * 16 / 25, panes.height - resultsHeight - 6))
    let (upper, rest) = panes.split(top: loss)
    let (results, lower) = rest.split(top: resultsHeight)
    let (left, right) = upper.split(left: body.width * 70 / 120)
    return [
      Place(pane: open.left, rect: left, form: .open), Place(pane: open.right, rect: right, form: .open),
      Place(pane: .compareResults, rect: results, form: .open), Place(pane: open.lower, rect: lower, form: .open),
    ] + tiles(ScreenName.compare.panes.filter { !open.panes.contains($0) }, in: others, rows: 1)
  }

  /// All of them at once.
  private static func compareLarge(_ body: Rect, runs: Int) -> [Place] {
    let count = max(2, min(8, runs))
    let resultsHeight = count + 7
    let (upper, rest) = body.split(top: max(13, min(20, body.height - resultsHeight - count - 20)))
    let (middle, lower) = rest.split(top: resultsHeight)
    let (examples, samples) = lower.split(top: count + 6)
    let (loss, beside) = upper.split(left: body.width * 2 / 5)
    let (latency, right) = beside.split(left: beside.width / 2)
    // Of settings those that differ are few; a map has a row for each module.
    let (settings, layers) = right.split(bottom: min(9, upper.height / 2))
    // Sentences are long and a matrix grows with the runs.
    let (results, pairs) = middle.split(right: min(body.width / 2, max(60, 16 + 11 * count)))
    let places = [
      (Pane.compareLoss, loss), (.compareLatency, latency), (.compareSettings, settings), (.compareResults, results),
      (.comparePairs, pairs), (.compareExamples, examples), (.compareSamples, samples), (.compareLayers, layers),
    ]
    return places.map { Place(pane: $0.0, rect: $0.1, form: .open) }
  }

  /// The results below, and one of the others above: the focused one, the curves otherwise.
  static func compareCompact(_ body: Rect, focus: Pane, runs: Int) -> [Place] {
    let (upper, results) = body.split(bottom: max(2, min(8, runs)) + 5)
    let above = focus == .compareResults ? .compareLoss : focus
    let (open, titles) = upper.split(bottom: 2)
    let others = ScreenName.compare.panes.filter { $0 != above && $0 != .compareResults }
    return [Place(pane: above, rect: open, form: .open)] + tiles(others, in: titles, rows: 2)
      + [Place(pane: .compareResults, rect: results, form: .open)]
  }

  /// The focused pane, and the others in two rows below it.
  static func compareSingle(_ body: Rect, focus: Pane) -> [Place] {
    let (open, titles) = body.split(bottom: 2)
    return [Place(pane: focus, rect: open, form: .open)]
      + tiles(ScreenName.compare.panes.filter { $0 != focus }, in: titles, rows: 2)
  }

  /// Panes that are only named, side by side in so many rows, in order.
  private static func tiles(_ panes: [Pane], in rect: Rect, rows: Int) -> [Place] {
    let each = (panes.count + rows - 1) / max(1, rows)
    guard each > 0 else { return [] }
    return panes.enumerated().map { index, pane in
      let row = index / each
      let inRow = min(each, panes.count - row * each)
      let from = rect.width * (index % each) / inRow
      let to = rect.width * (index % each + 1) / inRow
      return Place(pane: pane, rect: Rect(x: rect.x + from, y: rect.y + row, width: to - from, height: 1), form: .title)
    }
  }
}
