import Foundation
import Messages
import Terminal

/// Progress as one line for each event, for `--plain` and where standard output is no terminal.
package struct PlainProgress: Sendable {
  private struct Seen {
    var state: RunState
    var tenth: Int
  }

  private var seen: [RunID: Seen] = [:]
  private var lastNotice = 0.0
  private let glyphs = Glyphs.glyphs(for: .ascii)

  package init() {}

  /// Prints what happens until the engine has ended or, with `untilIdle`, until nothing is left to do; of a replay until its end.
  ///
  /// - Parameter storeIsHeld: as in `DashboardOptions`.
  package static func run(
    bus: MessageBus, untilIdle: Bool = false, storeIsHeld: (@Sendable () -> Bool)? = nil,
    print: @escaping @Sendable (String) -> Void
  ) async {
    var progress = PlainProgress()
    for await published in bus.snapshots() {
      let snapshot = published.settled(storeIsHeld)
      for line in progress.lines(for: snapshot) { print(line) }
      if snapshot.engine.hasShutDown { return }
      if untilIdle, isIdle(snapshot), snapshot.version > 0 { return }
    }
  }

  /// Nothing is left to do, or to show.
  package static func isIdle(_ snapshot: Snapshot) -> Bool {
    if let replay = snapshot.engine.replay { return replay.isAtEnd }
    return snapshot.queue.isEmpty && snapshot.runs.allSatisfy { $0.state.isTerminal || $0.state == .paused }
  }

  /// What is new in this snapshot, oldest first. Runs that were finished before the first snapshot are not reported.
  package mutating func lines(for snapshot: Snapshot) -> [String] {
    var lines: [String] = []
    let isFirst = seen.isEmpty && lastNotice == 0
    for run in snapshot.runs {
      let tenth = run.totalSteps > 0 ? run.step * 10 / run.totalSteps : 0
      let before = seen[run.id]
      seen[run.id] = Seen(state: run.state, tenth: tenth)
      if isFirst && run.state.isTerminal { continue }
      if before?.state != run.state {
        lines.append(change(run))
      } else if run.state == .training, let before, tenth > before.tenth {
        lines.append(step(run))
      }
    }
    for notice in snapshot.notices where notice.time > lastNotice {
      lastNotice = notice.time
      if !isFirst { lines.append("\(notice.level.rawValue): \(notice.text)") }
    }
    if isFirst { lastNotice = snapshot.notices.last?.time ?? 0 }
    return lines
  }

  private func name(_ run: RunSummary) -> String {
    "#\(run.id) \(run.plan.targets.label) seed \(run.plan.settings.seed)"
  }

  private func change(_ run: RunSummary) -> String {
    var parts = ["\(name(run)): \(run.state.rawValue)"]
    if let reason = run.reason { parts.append(reason) }
    if run.state == .done || run.state == .awaitingLatency || run.state == .stopped {
      if let score = run.score {
        parts.append("\(score.metric) \(Figure.percent(score.score, glyphs: glyphs)) %")
        parts.append("parse failures \(NumberFormat.fixed(score.parseFailureRate * 100, 1)) %")
      }
      if let latency = run.latency {
        parts.append("TPOT \(Figure.overhead(latency, glyphs: glyphs).text) %")
      }
    }
    return parts.joined(separator: ", ")
  }

  private func step(_ run: RunSummary) -> String {
    var parts = ["\(name(run)): step \(run.step)/\(run.totalSteps)"]
    if let loss = run.losses.last { parts.append("loss \(NumberFormat.short(Double(loss)))") }
    if let rate = run.tokensPerSecond, rate.isFinite { parts.append("\(Int(rate)) tokens/s") }
    if let left = run.secondsLeft { parts.append("\(NumberFormat.duration(left)) left") }
    return parts.joined(separator: ", ")
  }
}
