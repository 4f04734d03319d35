import Messages

/// On the log.
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
