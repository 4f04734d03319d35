import Terminal

/// Keys that mean the same everywhere.
enum GlobalBindings {
  static let all: [KeyBinding] =
    [
      KeyBinding(.global, [.tab], "next pane", hint: "pane", .go(.nextPane)),
      KeyBinding(.global, [.backTab], "previous pane", .go(.previousPane)),
    ]
    + (1...6).map { number in
      KeyBinding(
        .global, [.character(Character("\(number)"))], "pane \(number)", .go(.pane(number)),
        whyNot: { number > $0.screen.panes.count ? "this screen has \($0.screen.panes.count) panes" : nil })
    }
    + [
      KeyBinding(.global, [.character("z")], "pane to full screen and back", .go(.zoomPane)),
      KeyBinding(.global, [.character("[")], "previous screen", .go(.previousScreen)),
      KeyBinding(.global, [.character("]")], "next screen", .go(.nextScreen)),
    ]
    + ScreenName.allCases.map { screen in
      KeyBinding(.global, [.character(screen.letter)], "go to \(screen.title)", .go(.screen(screen)))
    }
    + [
      KeyBinding(
        .global, [.character("P")], "pause or resume the queue", changesRuns: true, .program(.pauseQueue)),
      KeyBinding(.global, [.character("y")], "copy the selected row", .program(.copy)),
      KeyBinding(.global, [.character("T")], "theme…", .program(.chooseTheme)),
      KeyBinding(.global, [.character("m")], "mouse on or off", .program(.toggleMouse)),
      KeyBinding(.global, [.character(":")], "command line", .go(.command)),
      KeyBinding(.global, [.escape], "one step back", .go(.back)),
      KeyBinding(.global, [.control("l")], "redraw", .program(.redraw)),
      KeyBinding(.global, [.control("z")], "suspend; training stops until fg", .program(.suspend)),
      KeyBinding(.global, [.control("c")], "quit… (twice more: save and quit)", .program(.interrupt)),
      KeyBinding(.global, [.character("?")], "these keys", hint: "help", .go(.help)),
      KeyBinding(.global, [.character("q")], "leave the screen; on Main quit…", hint: "quit", .go(.leave)),
    ]
}
