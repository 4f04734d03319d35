import Messages
import Terminal

/// On the program and its screen, wherever one is.
package enum ProgramAction: Hashable, Sendable {
  case pauseQueue, copy, chooseTheme, toggleMouse, redraw, suspend, interrupt
  // What dialogs choose.
  case useTheme(String)
  case quit(Command.Shutdown)

  var name: String? {
    switch self {
    case .pauseQueue: "pause-queue"
    case .copy: "copy"
    case .chooseTheme: "theme"
    case .toggleMouse: "mouse"
    case .redraw: "redraw"
    case .suspend: "suspend"
    case .interrupt: "interrupt"
    case .useTheme, .quit: nil
    }
  }
}

extension Update {
  mutating func perform(_ action: ProgramAction) {
    switch action {
    case .pauseQueue: send(.pauseQueue(!state.snapshot.engine.queuePaused))
    case .copy: copy()
    case .chooseTheme: chooseTheme()
    case .toggleMouse:
      state.mouseIsOn.toggle()
      effects.append(.setMouse(state.mouseIsOn))
      state.say(state.mouseIsOn ? "mouse on; Shift and drag selects text" : "mouse off: the terminal selects text")
    case .redraw: effects.append(.redraw)
    case .suspend: effects.append(.suspend)
    case .interrupt: interrupt()
    case .useTheme(let name): effects.append(.setTheme(name))
    case .quit(let shutdown):
      send(.shutdown(shutdown))
      switch shutdown {
      case .save: state.say("saving: the run stops at its next step, the queue is kept")
      case .finishCurrentRun:
        state.say(
          state.snapshot.engine.finishesThenQuits
            ? "goes on: lorascope does not quit after this run"
            : "quits when the present run is finished; q takes it back")
      case .discard: state.say("discarding the run under way")
      }
    }
  }

  mutating func quitOrAsk() {
    guard state.hasWorkLeft, state.readOnlyReason == nil else {
      effects.append(contentsOf: state.readOnlyReason == nil ? [.send(.shutdown(.save))] : [])
      effects.append(.quit(.quit))
      return
    }
    state.dialog = Dialogs.quit(state)
  }

  /// Ctrl-C: the question, and with two more presses within 2 s saving.
  mutating func interrupt() {
    let recent = state.interrupts.filter { state.now - $0 <= 2 }
    state.interrupts = recent + [state.now]
    if state.interrupts.count >= 3, state.hasWorkLeft {
      state.dialog = nil
      state.interrupts = []
      return perform(ProgramAction.quit(.save))
    }
    if state.dialog == nil || state.dialog?.title != Dialogs.quitTitle { quitOrAsk() }
  }

  private mutating func chooseTheme() {
    guard !state.themeNames.isEmpty else { return state.say("no theme files were found", .warning) }
    state.dialog = Dialogs.themes(state)
  }

  private mutating func copy() {
    let text = Clipboard.text(state)
    guard !text.isEmpty else { return state.say("there is nothing to copy here", .warning) }
    effects.append(.copy(text))
    state.say("copied: \(text.truncated(toColumns: 60, ellipsis: state.glyphs.ellipsis))")
  }
}
