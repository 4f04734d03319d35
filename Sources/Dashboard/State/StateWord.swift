import Messages
import Terminal

/// A run's state as a glyph, a short word and a colour: the word and the glyph say it without the colour.
package struct StateWord: Sendable, Equatable {
  package enum Sign: Sendable { case running, done, failed, paused, waiting }

  package var sign: Sign
  /// At most six letters.
  package var word: String
  package var key: ThemeKey

  package static func of(_ run: RunSummary) -> StateWord {
    switch run.remeasuring {
    case .waiting: return StateWord(sign: .waiting, word: "tpot", key: .dim)
    case .measuring: return StateWord(sign: .running, word: "tpot", key: .live)
    case nil: return of(run, run.state)
    }
  }

  private static func of(_ run: RunSummary, _ state: RunState) -> StateWord {
    switch state {
    case .waiting: StateWord(sign: .waiting, word: "wait", key: .dim)
    case .preparing: StateWord(sign: .running, word: "prep", key: .live)
    case .training: StateWord(sign: .running, word: "train", key: .live)
    case .evaluating: StateWord(sign: .running, word: "eval", key: .live)
    case .awaitingLatency: StateWord(sign: .waiting, word: "tpot", key: .dim)
    case .measuring: StateWord(sign: .running, word: "tpot", key: .live)
    case .paused: StateWord(sign: .paused, word: "pause", key: .warn)
    case .done: StateWord(sign: .done, word: "done", key: .ok)
    case .failed:
      StateWord(sign: .failed, word: Self.diverged(run) ? "NaN" : "failed", key: .bad)
    case .stopped: StateWord(sign: .done, word: "part", key: .warn)
    case .cancelled: StateWord(sign: .failed, word: "cancel", key: .dim)
    }
  }

  /// The state in words, for where there is room.
  package static func sentence(_ run: RunSummary) -> String {
    switch run.remeasuring {
    case .waiting: return "\(run.state.rawValue), waits to be measured again"
    case .measuring: return "\(run.state.rawValue), measuring TPOT again"
    case nil: break
    }
    switch run.state {
    case .awaitingLatency: return "trained and scored, waits for TPOT"
    case .measuring: return "measuring TPOT"
    case .waiting, .preparing, .training, .evaluating, .paused, .done, .stopped, .failed, .cancelled:
      return run.state.rawValue
    }
  }

  private static func diverged(_ run: RunSummary) -> Bool {
    guard let reason = run.reason?.lowercased() else { return false }
    return reason.contains("nan") || reason.contains("inf") || reason.contains("diverg") || reason.contains("finite")
  }

  package func glyph(_ glyphs: Glyphs) -> Character {
    switch sign {
    case .running: glyphs.running
    case .done: glyphs.done
    case .failed: glyphs.failed
    case .paused: glyphs.paused
    case .waiting: glyphs.waiting
    }
  }
}

extension RunSummary {
  /// 0 to 1 over the part of the run that is under way; nil before it began.
  package var progress: Double? {
    if remeasuring == .measuring { return phaseProgress }
    switch state {
    case .waiting, .cancelled: return nil
    case .done: return 1
    case .evaluating, .measuring: return phaseProgress
    // All of its steps and its score are there.
    case .awaitingLatency: return 1
    case .preparing, .training, .paused, .stopped, .failed:
      return totalSteps > 0 ? Double(step) / Double(totalSteps) : (state == .preparing ? 0 : nil)
    }
  }
}
