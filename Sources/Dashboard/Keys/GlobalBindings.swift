import Terminal

/// Keys that mean the same everywhere.
enum GlobalBindings {
  static let all: [KeyBinding] =
    [
      KeyBinding(.global, [.tab], "next pane", hint: "pane", .nextPane),
      KeyBinding(.global, [.backTab], "previous pane", .previousPane),
    ]
    + (1...6).map { number in
      KeyBinding(
        .global, [.character(Character("\(number)"))], "pane \(number)", .pane(number),
        whyNot: { number > $0.screen.panes.count ? "this screen has \($0.screen.panes.count) panes" : nil })
    }
    + [
      KeyBinding(.global, [.character("z")], "pane to full screen and back", .zoomPane),
      KeyBinding(.global, [.character("[")], "previous screen", .previousScreen),
      KeyBinding(.global, [.character("]")], "next screen", .nextScreen),
    ]
    + ScreenName.allCases.map { screen in
      KeyBinding(.global, [.character(screen.letter)], "go to \(screen.title)", .screen(screen))
    }
    + [
      KeyBinding(
        .global, [.character("P")], "pause or resume the queue", changesRuns: true, .pauseQueue),
      KeyBinding(.global, [.character("y")], "copy the selected row", .copy),
      KeyBinding(.global, [.character("T")], "theme…", .chooseTheme),
      KeyBinding(.global, [.character("m")], "mouse on or off", .toggleMouse),
      KeyBinding(.global, [.character(":")], "command line", .command),
      KeyBinding(.global, [.escape], "one step back", .back),
      KeyBinding(.global, [.control("l")], "redraw", .redraw),
      KeyBinding(.global, [.control("z")], "suspend; training stops until fg", .suspend),
      KeyBinding(.global, [.control("c")], "quit… (twice more: save and quit)", .interrupt),
      KeyBinding(.global, [.character("?")], "these keys", hint: "help", .help),
      KeyBinding(.global, [.character("q")], "leave the screen; on Main quit…", hint: "quit", .leave),
    ]
}
