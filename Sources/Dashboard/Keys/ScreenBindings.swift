import Messages
import Terminal

/// Keys of Compare, Sweep and Log.
enum ScreenBindings {
  static let all: [KeyBinding] = [
    KeyBinding(
      .settings, [.character("a")], "all rows, or only those that differ", hint: "all rows", .compare(.allSettings)),
    KeyBinding(
      .settings, [.character("l"), .right], "next column", hint: "runs", label: "h l", .list(.columns(1)),
      whyNot: noRuns),
    KeyBinding(.settings, [.character("h"), .left], "previous column", .list(.columns(-1)), whyNot: noRuns),
    KeyBinding(
      .results, [.character("l"), .right], "explain the next column", hint: "explain", label: "h l",
      .list(.columns(1)), whyNot: noRuns),
    KeyBinding(.results, [.character("h"), .left], "explain the previous column", .list(.columns(-1)), whyNot: noRuns),
    KeyBinding(
      .results, [.character("b"), .enter], "make this run the baseline", hint: "baseline", .compare(.baseline)),
    KeyBinding(
      .results, [.character("c")], "seeds of a combination together, or single runs", hint: "seeds together",
      .compare(.groups), whyNot: CompareGroups.whyNot),
    KeyBinding(.results, [.space], "unmark this run", hint: "unmark", .compare(.unmark)),
    KeyBinding(
      .compare, [.character(",")], "previous prompt", hint: "prompt", label: ", .", .list(.sample(-1)), whyNot: noSample
    ),
    KeyBinding(.compare, [.character(".")], "next prompt", .list(.sample(1)), whyNot: noSample),
    KeyBinding(
      .compare, [.character("n")], "next prompt that some have right and others not", hint: "differing", label: "n N",
      .list(.differingSample(1)), whyNot: noDifference),
    KeyBinding(
      .compare, [.character("N")], "previous prompt that some have right and others not", .list(.differingSample(-1)),
      whyNot: noDifference),

    KeyBinding(
      .samples, [.control("f"), .pageDown], "a page of the texts down", .list(.page(1)), whyNot: allInView),
    KeyBinding(.samples, [.control("b"), .pageUp], "a page of the texts up", .list(.page(-1)), whyNot: allInView),
    KeyBinding(.samples, [.character("g"), .home], "begin of the texts", .list(.first), whyNot: allInView),
    KeyBinding(.samples, [.character("G"), .end], "end of the texts", .list(.last), whyNot: allInView),

    KeyBinding(
      .examples, [.character("l"), .right], "next example", hint: "example", label: "h l", .list(.sample(1)),
      whyNot: noSample),
    KeyBinding(.examples, [.character("h"), .left], "previous example", .list(.sample(-1)), whyNot: noSample),
    KeyBinding(
      .examples, [.character("d")], "only the examples that differ, or all", hint: "differing/all",
      .compare(.onlyDiffering), whyNot: noDifference),
    KeyBinding(
      .examples, [.character("o")], "order: by how many have it right, or the data's", hint: "order", .compare(.order),
      whyNot: noSample),
    KeyBinding(
      .examples, [.enter], "read this example's outputs in Samples", hint: "read", .compare(.read), whyNot: noExample),

    KeyBinding(
      .pairs, [.character("l"), .right], "against the next run", hint: "against", label: "h l", .list(.columns(1)),
      whyNot: noRuns),
    KeyBinding(.pairs, [.character("h"), .left], "against the previous run", .list(.columns(-1)), whyNot: noRuns),
    KeyBinding(.pairs, [.character("b"), .enter], "make this run the baseline", hint: "baseline", .compare(.baseline)),

    KeyBinding(
      .layers, [.character("l"), .right], "maps of further runs", hint: "runs", label: "h l", .list(.columns(1)),
      whyNot: noRuns),
    KeyBinding(.layers, [.character("h"), .left], "maps of earlier runs", .list(.columns(-1)), whyNot: noRuns),
    KeyBinding(
      .layers, [.character("w")], "what the maps show: parameters, or the adapters' energy", hint: "energy/parameters",
      .compare(.layers), whyNot: noEnergy),

    KeyBinding(.planner, [.space], "include or leave out", hint: "include", .sweep(.include), whyNot: racing),
    KeyBinding(.planner, [.character("a")], "all or none", hint: "all/none", .sweep(.includeAll), whyNot: racing),
    KeyBinding(.planner, [.character("s")], "sort by parameters or digit", .sweep(.sort), whyNot: racing),
    KeyBinding(
      .sweep, [.character("b")], "the search's race, or the combinations", hint: "race/sets", .sweep(.showBracket)
    ) { $0.snapshot.searches.isEmpty ? "there was no search yet: n starts one" : nil },
    KeyBinding(
      .sweep, [.character("x")], "end the search with its best answer so far…", hint: "end search…", changesRuns: true,
      .sweep(.endSearch), whyNot: noSearch),
    KeyBinding(
      .sweep, [.character("t")], "preset: all, article 9", hint: "preset", .sweep(.preset), whyNot: racing),
    KeyBinding(
      .sweep, [.character("n")], "start the sweep, or the search…", hint: "start…", changesRuns: true, .sweep(.start)
    ) { $0.sweep.included.isEmpty ? "no combination is included" : nil },
    KeyBinding(
      .sweep, [.character("c")], "clock these runs: measure how fast they go here", hint: "clock",
      changesRuns: true, .sweep(.measureSpeed), whyNot: cannotMeasure),
    KeyBinding(.dataList, [.space, .enter], "include or leave out", hint: "include", .sweep(.includeData)),
    KeyBinding(.dataList, [.character("a")], "all, or the chosen one only", hint: "all", .sweep(.includeAllData)),

    KeyBinding(
      .cards, [.character("l"), .right], "next card", hint: "card", label: "h l", .advise(.card(1))),
    KeyBinding(.cards, [.character("h"), .left], "previous card", .advise(.card(-1))),
    KeyBinding(
      .cards, [.enter], "the evidence in Compare: the pick and what it was chosen over", hint: "evidence",
      .advise(.evidence),
      whyNot: noEvidence),
    KeyBinding(
      .advise, [.character("n")], "queue the missing runs…", hint: "queue missing…", changesRuns: true,
      .advise(.queueMissing),
      whyNot: nothingMissing),
    KeyBinding(
      .advise, [.character("+"), .character("=")], "more latency budget", hint: "budget", label: "+ -",
      .advise(.budget(1))),
    KeyBinding(.advise, [.character("-")], "less latency budget", .advise(.budget(-1))),
    KeyBinding(
      .advise, [.character("f")], "what decoding costs: one sequence, or a fleet of adapters in a batch", hint: "fleet",
      .advise(.fleet)
    ) { $0.advise.isPublished ? "the published study says nothing of fleets" : nil },
    KeyBinding(.advise, [.character("t")], "thresholds…", hint: "thresholds…", .advise(.thresholds)),
    KeyBinding(
      .advise, [.character("s")], "next part of the study: modality, difficulty, data set", hint: "part",
      .advise(.scope)
    ) {
      ($0.advise.advice?.scopes.count ?? 0) < 2 ? "the study has one part only" : nil
    },
    KeyBinding(.advise, [.character("o")], "the published study, or your own", hint: "published", .advise(.published)) {
      $0.advise.isPublished && !$0.advise.showsPublished
        ? "there are no finished runs yet: this is the published study" : nil
    },
    KeyBinding(
      .advise, [.character("e")], "export: report, or a configuration for your tool…", hint: "export…", .advise(.export)
    ) { $0.advise.advice == nil ? "there is no advice yet" : nil },

    KeyBinding(.log, [.character("f")], "follow the newest line", hint: "follow", .log(.follow)),
    KeyBinding(.log, [.character("w")], "wrap long lines", hint: "wrap", .log(.wrap)),
    KeyBinding(.log, [.character("t")], "least level shown", hint: "level", .log(.level)),
    KeyBinding(.log, [.character("/")], "filter", hint: "filter", .list(.filter)),
  ]

  @Sendable private static func racing(_ state: DashboardState) -> String? {
    BracketPane.shown(state).map { "the race of search \($0.id) is shown: b shows the combinations" }
  }

  @Sendable private static func noSearch(_ state: DashboardState) -> String? {
    BracketPane.open(state) == nil ? "no search is under way" : nil
  }

  @Sendable private static func cannotMeasure(_ state: DashboardState) -> String? {
    if state.sweepPlan == nil { return "no model, data set or combination is chosen" }
    if state.snapshot.engine.measuresSpeedOf != nil { return "it is being measured" }
    return state.activeRuns.isEmpty ? nil : "runs are under way: it is measured while nothing else computes"
  }

  @Sendable private static func noEvidence(_ state: DashboardState) -> String? {
    guard let card = state.advise.chosen else { return "there is no advice yet" }
    if card.origin == .published { return "published results come without runs" }
    return card.evidence.isEmpty ? "nothing was picked" : nil
  }

  @Sendable private static func nothingMissing(_ state: DashboardState) -> String? {
    guard let advice = state.advise.advice else { return "there is no advice yet" }
    return advice.missing == nil ? "no run is missing: every combination has two seeds on every data set" : nil
  }

  @Sendable private static func noRuns(_ state: DashboardState) -> String? {
    state.compare.comparison == nil ? "nothing is compared yet" : nil
  }

  @Sendable private static func noEnergy(_ state: DashboardState) -> String? {
    guard let comparison = state.compare.comparison else { return "nothing is compared yet" }
    if state.compare.shownLayers == .energy { return nil }
    return comparison.rows.contains { $0.run.energy != nil }
      ? nil : "of none of these runs the adapter's energy is stored"
  }

  @Sendable private static func noDifference(_ state: DashboardState) -> String? {
    if state.compare.comparison == nil { return "nothing is compared yet" }
    return state.compare.grid.count(of: .differ) > 0 ? nil : "no prompt differs among these runs"
  }

  @Sendable private static func noSample(_ state: DashboardState) -> String? {
    (state.compare.comparison?.samples.count ?? 0) < 2 ? "there is no other prompt to show" : nil
  }

  @Sendable private static func allInView(_ state: DashboardState) -> String? {
    if state.screen == .run {
      if state.run.examples.isEmpty { return "no output is there yet" }
      return RunSamplesPane.overflow(state) > 0 ? nil : "all of these texts is in view: . and , go to other prompts"
    }
    if state.compare.comparison == nil { return "nothing is compared yet" }
    return CompareSamplesPane.overflow(state) > 0 ? nil : "all of these texts is in view: . and , go to other prompts"
  }

  @Sendable private static func noExample(_ state: DashboardState) -> String? {
    state.compare.comparison?.samples.isEmpty == false ? nil : "there is no example to read"
  }
}

/// Moving in lists, forms and texts.
enum ListBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.list, [.character("j"), .down], "next row", .list(.move(1))),
    KeyBinding(.list, [.character("k"), .up], "previous row", .list(.move(-1))),
    KeyBinding(.list, [.character("g"), .home], "first row", .list(.first)),
    KeyBinding(.list, [.character("G"), .end], "last row", .list(.last)),
    KeyBinding(.list, [.control("f"), .pageDown], "page down", .list(.page(1))),
    KeyBinding(.list, [.control("b"), .pageUp], "page up", .list(.page(-1))),
    KeyBinding(.list, [.control("d")], "half a page down", .list(.halfPage(1))),
    KeyBinding(.list, [.control("u")], "half a page up", .list(.halfPage(-1))),
    KeyBinding(.form, [.character("j"), .down], "next field", .list(.move(1))),
    KeyBinding(.form, [.character("k"), .up], "previous field", .list(.move(-1))),
    KeyBinding(.form, [.character("l"), .right], "next choice, or field to the right", .setup(.choose(1))),
    KeyBinding(.form, [.character("h"), .left], "previous choice, or field to the left", .setup(.choose(-1))),
    KeyBinding(.form, [.character("+"), .character("=")], "step up", hint: "step", label: "+ -", .setup(.step(1))),
    KeyBinding(.form, [.character("-")], "step down", .setup(.step(-1))),
    KeyBinding(.form, [.backspace], "back to the default", hint: "default", .setup(.resetField)),
    KeyBinding(.form, [.enter], "edit, or open the choices", hint: "edit", .setup(.edit)),
    KeyBinding(
      .setup, [.character("v")], "view examples as the model sees them", hint: "examples", .setup(.previewData)
    ) {
      $0.snapshot.model == nil || $0.snapshot.data == nil ? "a model and data have to be chosen first" : nil
    },
    KeyBinding(
      .setup, [.character("w")], "what gradients say of each module before training (probe)", .setup(.probe),
      whyNot: SetupBindings.cannotProbe),
    KeyBinding(.scroll, [.character("j"), .down], "scroll down", .list(.scroll(1))),
    KeyBinding(.scroll, [.character("k"), .up], "scroll up", .list(.scroll(-1))),
    KeyBinding(.scroll, [.character("l"), .right], "next column", .list(.columns(1))),
    KeyBinding(.scroll, [.character("h"), .left], "previous column", .list(.columns(-1))),
  ]
}

/// Keys that mean the same everywhere.
enum GlobalBindings {
  static let all: [KeyBinding] =
    [
      // Elsewhere `e` is for adapters and reports; `E` is the same everywhere.
      KeyBinding(
        .exports, [.character("e")], "export what is shown here: picture, table or text…", hint: "export…",
        .program(.exportView),
        whyNot: cannotExport)
    ] + [
      KeyBinding(.global, [.tab], "next pane", hint: "pane", .go(.nextPane)),
      KeyBinding(.global, [.backTab], "previous pane", .go(.previousPane)),
    ]
    + (1...9).map { number in
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
      KeyBinding(
        .global, [.character("E")], "export this pane: picture, table or text…", .program(.exportView),
        whyNot: cannotExport),
      KeyBinding(.global, [.character("y")], "copy the selected row", .program(.copy)),
      KeyBinding(.global, [.character("T")], "theme…", .program(.chooseTheme)),
      KeyBinding(.global, [.character("O")], "options…", .program(.chooseOption)),
      KeyBinding(.global, [.character("m")], "mouse on or off", .program(.toggleMouse)),
      KeyBinding(.global, [.character(":")], "find an action, or type a command", .go(.command)),
      KeyBinding(.global, [.escape], "one step back", .go(.back)),
      KeyBinding(.global, [.control("l")], "redraw", .program(.redraw)),
      KeyBinding(.global, [.control("z")], "suspend; training stops until fg", .program(.suspend)),
      KeyBinding(.global, [.control("c")], "quit… (twice more: save and quit)", .program(.interrupt)),
      KeyBinding(.global, [.character("?")], "these keys", hint: "help", .go(.help)),
      KeyBinding(.global, [.character("q")], "leave the screen; on Main quit…", hint: "quit", .go(.leave)),
    ]

  @Sendable private static func cannotExport(_ state: DashboardState) -> String? {
    state.snapshot.engine.replay == nil ? nil : ReplayStatus.changesNothing
  }
}
