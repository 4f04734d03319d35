import Messages

/// What the Log screen shows.
package struct LogView: Sendable {
  package var lines: [Notice] = []
  package var requested: Double?
  package var follows = true
  package var wraps = false
  package var least = Notice.Level.info
  package var filter = ""
  package var selected = 0

  package init() {}

  package var shown: [Notice] {
    lines.filter { $0.level >= least && (filter.isEmpty || $0.text.lowercased().contains(filter.lowercased())) }
  }
}
