import Messages

/// What the Log screen shows.
package struct LogView: Sendable {
  /// Asked with the time of the newest notice.
  package var answer = Asked<Double, [Notice]>()
  package var follows = true
  package var wraps = false
  package var least = Notice.Level.info
  package var filter = ""
  package var selected = 0

  package init() {}

  package var lines: [Notice] { answer.value ?? [] }

  package var shown: [Notice] {
    lines.filter { $0.level >= least && (filter.isEmpty || $0.text.lowercased().contains(filter.lowercased())) }
  }
}
