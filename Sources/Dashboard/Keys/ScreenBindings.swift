import Terminal

/// Keys of Compare, Sweep and Log.
enum ScreenBindings {
  static let all: [KeyBinding] = [
    KeyBinding(.settings, [.character("a")], "all rows, or only those that differ", hint: "all rows", .allSettings),
    KeyBinding(.results, [.character("b"), .enter], "make this run the baseline", hint: "baseline", .baseline),
    KeyBinding(.results, [.space], "unmark this run", hint: "unmark", .unmarkRow),
    KeyBinding(
      .compare, [.character(",")], "previous prompt", hint: "prompt", label: ", .", .sample(-1), whyNot: noSample),
    KeyBinding(.compare, [.character(".")], "next prompt", .sample(1), whyNot: noSample),

    KeyBinding(.planner, [.space], "include or leave out", hint: "include", .include),
    KeyBinding(.planner, [.character("a")], "all or none", hint: "all/none", .includeAll),
    KeyBinding(.planner, [.character("s")], "sort by parameters or digit", .sortPlan),
    KeyBinding(.sweep, [.character("t")], "preset: all 15, article 9", hint: "preset", .preset),
    KeyBinding(.sweep, [.character("n")], "start the sweep…", hint: "start…", changesRuns: true, .startSweep) {
      $0.sweep.included.isEmpty ? "no combination is included" : nil
    },

    KeyBinding(.log, [.character("f")], "follow the newest line", hint: "follow", .followLog),
    KeyBinding(.log, [.character("w")], "wrap long lines", hint: "wrap", .wrapLog),
    KeyBinding(.log, [.character("t")], "least level shown", hint: "level", .logLevel),
    KeyBinding(.log, [.character("/")], "filter", hint: "filter", .filter),
  ]

  @Sendable private static func noSample(_ state: DashboardState) -> String? {
    (state.compare.comparison?.samples.count ?? 0) < 2 ? "there is no other prompt to show" : nil
  }
}
