import Messages
import Recipe
import Terminal

/// Published results in the scatter plot, only where they compare: scores of the data set that a built-in task stands in for, against
/// latency relative to the same set on the same machine. Milliseconds of another machine are never mixed in.
package enum PublishedOverlay {
  /// Why there is nothing to lay over; nil where there is.
  @Sendable package static func whyNot(_ state: DashboardState) -> String? {
    guard state.published.value != nil else { return "the published study is not read yet" }
    guard let dataset = dataset(state) else {
      return
        "the article has no figures for \(state.snapshot.data?.name ?? "this data"): it has its own seven data sets"
    }
    return points(dataset, state).count > 1
      ? nil : "the article gives no latency for sets that it ran on \(dataset.name)"
  }

  /// Name of the set, percent over o_proj's TPOT p95, and score.
  static func points(_ state: DashboardState) -> [(targets: Targets, x: Double, y: Double)] {
    guard state.scatter.showsPublished, state.scatter.x == .overOProj else { return [] }
    return dataset(state).map { points($0, state) } ?? []
  }

  private static func points(
    _ dataset: PublishedFigures.Dataset, _ state: DashboardState
  ) -> [(targets: Targets, x: Double, y: Double)] {
    guard let latencies = state.published.value?.latencyP95, let reference = latencies[.oProj], reference > 0 else {
      return []
    }
    return dataset.scores.compactMap { set, score in
      latencies[set].map { (set, ($0 / reference - 1) * 100, score) }
    }.sorted { $0.x < $1.x }
  }

  private static func dataset(_ state: DashboardState) -> PublishedFigures.Dataset? {
    let name: String
    switch state.snapshot.data?.reference {
    case .task(let task)?: name = String(task.prefix { $0 != "@" })
    case .published(let original, _, _)?: name = original
    case .file, nil: return nil
    }
    return state.published.value?.datasets.first { $0.taskName == name }
  }
}
