import Messages
import Terminal

/// On the scatter plot.
package enum ScatterAction: Hashable, Sendable {
  case inspect
  case point(Int)
  case unit, confidence, published, useSet

  var name: String? {
    switch self {
    case .inspect: "inspect"
    case .point(let step): step > 0 ? "next-series" : "previous-series"
    case .unit: "unit"
    case .confidence: "confidence"
    case .published: "published"
    case .useSet: "use-set"
    }
  }
}

extension Update {
  mutating func perform(_ action: ScatterAction) {
    let points = state.scatterPoints.points
    let count = points.count
    switch action {
    case .inspect: state.scatter.inspected = state.scatter.inspected == nil && count > 0 ? 0 : nil
    case .point(let step):
      guard count > 0 else { return }
      state.scatter.inspected = ((state.scatter.inspected ?? (step > 0 ? -1 : 0)) + step + count) % count
    case .unit:
      let all = CombinationSummary.Axis.allCases
      state.scatter.x = all[((all.firstIndex(of: state.scatter.x) ?? 0) + 1) % all.count]
      if state.scatter.x == .overOProj, ScatterPoints(state).points.isEmpty, !state.scatter.showsPublished {
        // Without a run of o_proj there is nothing to set the others against.
        state.scatter.x = .overhead
      }
    case .published:
      state.scatter.showsPublished.toggle()
      state.scatter.x = state.scatter.showsPublished ? .overOProj : .overhead
      if state.scatter.showsPublished {
        state.say("published: on another machine, base model and data; only TPOT over o_proj's compares")
      }
    case .confidence:
      switch state.scatter.uncertainty {
      case .bars: state.scatter.uncertainty = .ellipses
      case .ellipses: state.scatter.uncertainty = .off
      case .off: state.scatter.uncertainty = .bars
      }
    case .useSet:
      if let index = state.scatter.inspected, points.indices.contains(index) { use(points[index].targets) }
    }
  }
}
