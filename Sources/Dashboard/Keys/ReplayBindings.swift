import Messages
import Terminal

/// The keys of a replay, which are there only while one is shown.
enum ReplayBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .global, [.character("P")], "pause the replay, or go on", hint: "pause", .program(.replay(.pause)), whyNot: atEnd),
    KeyBinding(
      .global, [.character(")")], "the replay twice as fast", hint: "speed", label: "( )", .program(.replay(.faster)),
      whyNot: atEnd),
    KeyBinding(
      .global, [.character("(")], "the replay half as fast", .program(.replay(.slower)), whyNot: atEnd),
    KeyBinding(
      .global, [.character("$")], "the replay to its end", hint: "end", .program(.replay(.toEnd)), whyNot: atEnd),
  ]

  @Sendable private static func atEnd(_ state: DashboardState) -> String? {
    state.snapshot.engine.replay?.isAtEnd == true ? "the replay is at its end" : nil
  }
}

extension Keymap {
  /// These keys with those of a replay, which come first; no queue is there to be paused.
  package var replaying: Keymap {
    Keymap(ReplayBindings.all + bindings.filter { $0.action != .program(.pauseQueue) })
  }
}

extension KeyBinding {
  var isOfReplay: Bool { if case .program(.replay) = action { true } else { false } }
}

/// What every screen says while a replay is shown.
enum ReplayMark {
  static let style = Style(.warn, bold: true)

  static func text(_ replay: ReplayStatus, _ glyphs: Glyphs) -> String {
    if replay.isAtEnd { return "REPLAY at its end" }
    let speed = replay.isPaused ? "paused" : replay.speedText(times: String(glyphs.times))
    // Rounded down: 100 % is the end's.
    return "REPLAY \(speed) \(Int(replay.share * 100)) %"
  }
}
