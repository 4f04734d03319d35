import Messages
import Terminal

/// What is read from a store off the dashboard's thread, for to read is to wait.
package enum CurveReading: Sendable {
  case curves([CurveStore.Unread])
  case rows(RowReading)

  /// Waits for the store.
  package func read() -> Input {
    switch self {
    case .curves(let curves): return .curves(curves.map { $0.read() })
    case .rows(let rows):
      rows.read()
      return .rowLosses(Set(rows.runs.map(\.id)))
    }
  }
}

/// What rows of the table say of the losses of their runs.
package struct RowReading: Sendable {
  fileprivate(set) var runs: [RunSummary]
  /// Of the line of the curve; 0 where only the order of the rows needs the losses.
  fileprivate var columns: Int
  fileprivate var set: CharacterSet
  fileprivate var smoothing: RememberedLosses.Smoothing
  fileprivate var losses: RememberedLosses

  fileprivate func read() {
    for run in runs { losses.read(run, columns: columns, set: set, smoothing) }
  }
}

extension Update {
  /// Curves of these runs, as far as they are here; the others are asked for.
  mutating func takeCurves(_ runs: [RunSummary], _ metrics: [CurveStore.Metric]) {
    let chart = state.chart
    var unread: [CurveStore.Unread] = []
    for run in runs where run.losses.count > 0 {
      for metric in metrics {
        let isSmoothed = metric == .loss || metric == .gradientNorm || metric == .tokenRate
        let curve = state.curves.take(
          run, metric, beta: isSmoothed ? chart.beta(of: run) : 0, scale: metric == .loss ? chart.axes.y : .linear)
        if let curve { unread.append(curve) }
      }
    }
    if !unread.isEmpty { effects.append(.read(.curves(unread))) }
  }

  /// What the rows in view say of losses that lie in the store. Where rows stand in the order of their losses those of all runs are asked
  /// for, once.
  mutating func readRows() {
    let smoothing = state.lossSmoothing
    if state.runs.sort == .loss {
      let all = RememberedLosses.All(identity: state.overview.identity, smoothing: smoothing)
      if state.readAllRows != all {
        state.readAllRows = all
        read(state.snapshot.runs, columns: 0, smoothing)
      }
    }
    guard let rect = state.layout.rect(of: .runs) else { return }
    read(RunsPane.runs(state, in: rect), columns: RunsColumn.curve.usualWidth, smoothing)
  }

  private mutating func read(_ runs: [RunSummary], columns: Int, _ smoothing: RememberedLosses.Smoothing) {
    let losses = state.remembered.losses
    let unread = runs.filter {
      !state.readingRows.contains($0.id)
        && losses.isUnread($0, columns: columns, set: state.characterSet, smoothing)
    }
    guard !unread.isEmpty else { return }
    state.readingRows.formUnion(unread.map(\.id))
    let reading = RowReading(
      runs: unread, columns: columns, set: state.characterSet, smoothing: smoothing, losses: losses)
    effects.append(.read(.rows(reading)))
  }
}
