import Foundation
import Logging
import Messages

/// A runner's way to say things: everything goes through the bus, in order.
struct RunReport: Sendable {
  let id: RunID
  let environment: RunEnvironment

  func emit(_ content: Event.Content) { environment.bus.emit(content, run: id) }

  func state(_ state: RunState, reason: String? = nil) { emit(.stateChanged(state, reason: reason)) }

  func notice(_ level: Notice.Level, _ text: String) {
    emit(.notice(Notice(level: level, text: text, time: Date().timeIntervalSince1970)))
    environment.options.logger?.log(level: .init(level), "\(text)")
  }

  /// Ends the run as failed, with the error's one line.
  func failed(_ error: any Error) -> RunOutcome {
    let line = Failure.line(error)
    let status = Failure.exitStatus(error)
    environment.bus.change { [id] snapshot in
      if let index = snapshot.index(of: id) { snapshot.runs[index].failureStatus = status }
    }
    state(.failed, reason: line)
    notice(.error, "#\(id) failed: \(line)")
    return .ended(.failed)
  }

  /// Ends the run as an order says.
  func end(_ order: RunControl.Order, at phase: RunEnding.Phase) -> RunOutcome {
    guard let ending = order.ending(at: phase) else { return .abandoned }
    if !ending.keepsFiles { try? FileManager.default.removeItem(at: environment.folder.run(id)) }
    state(ending.state, reason: ending.reason)
    return ending.state == .paused ? .paused : .ended(ending.state)
  }

  /// Waits while the engine holds runs, with the state shown as paused meanwhile.
  func waitWhileHeld(_ control: RunControl, as state: RunState) {
    guard control.order == .hold else { return }
    self.state(.paused, reason: "waiting for the store")
    while control.order == .hold { Thread.sleep(forTimeInterval: 0.02) }
    if control.order == .go { self.state(state) }
  }
}

extension Logger.Level {
  init(_ level: Notice.Level) {
    switch level {
    case .info: self = .info
    case .good: self = .notice
    case .warning: self = .warning
    case .error: self = .error
    }
  }
}
