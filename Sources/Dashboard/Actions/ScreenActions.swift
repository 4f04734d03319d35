import Messages
import Terminal

/// What can be done with the compared runs.
package enum CompareAction: Hashable, Sendable {
  case allSettings, baseline, unmark
  /// The order of the examples, only those that differ, and the outputs of the one under the cursor.
  case order, onlyDiffering, read
  /// Results of single runs, or with the seeds of a combination together.
  case groups
  /// Parameters or energies in the maps by layer.
  case layers

  var name: String? {
    switch self {
    case .allSettings: "all-rows"
    case .baseline: "baseline"
    case .unmark: "unmark"
    case .order: "order"
    case .onlyDiffering: "only-differing"
    case .read: "read"
    case .groups: "groups"
    case .layers: "layers"
    }
  }
}

extension Update {
  mutating func perform(_ action: CompareAction) {
    switch action {
    case .allSettings:
      state.compare.showsAllSettings.toggle()
      state.compare.settingsTop = 0
    case .baseline: if let run = state.compare.selected { setBaseline(run) }
    case .unmark: if let run = state.compare.selected { unmark(run) }
    case .order:
      state.compare.order = state.compare.order == .byRight ? .inData : .byRight
      state.say("examples \(state.compare.order.title)")
    case .onlyDiffering:
      state.compare.onlyDiffering.toggle()
      let shown = state.compare.examples
      if !shown.contains(state.compare.sample) { state.compare.sample = shown.first ?? 0 }
    case .read: focus(.compareSamples)
    case .groups: state.compare.showsGroups.toggle()
    case .layers: state.compare.layers = state.compare.shownLayers == .parameters ? .energy : .parameters
    }
  }

  mutating func setBaseline(_ run: RunID) {
    state.compare.baseline = run
    state.say("#\(run) is the baseline of Compare")
  }
}

/// What can be done with the log.
package enum LogAction: Hashable, Sendable {
  case follow, wrap, level

  var name: String? {
    switch self {
    case .follow: "follow"
    case .wrap: "wrap"
    case .level: "level"
    }
  }
}

extension Update {
  mutating func perform(_ action: LogAction) {
    switch action {
    case .follow: state.log.follows.toggle()
    case .wrap: state.log.wraps.toggle()
    case .level:
      let levels = Notice.Level.allCases
      state.log.least = levels[((levels.firstIndex(of: state.log.least) ?? 0) + 1) % levels.count]
    }
  }
}
