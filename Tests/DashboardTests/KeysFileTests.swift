import Dashboard
import Foundation
import Messages
import Terminal
import Testing

@Suite("keys.toml")
struct KeysFileTests {
  private func keymap(_ text: String) throws -> Keymap { try KeysFile.keymap(text, file: "keys.toml") }

  private func error(_ text: String) -> String {
    do {
      _ = try keymap(text)
      Issue.record("accepted: \(text)")
      return ""
    } catch {
      #expect(!"\(error)".contains("\n"))
      return "\(error)"
    }
  }

  @Test("an action's keys are replaced, in dispatch, hints and help")
  func override() throws {
    let keymap = try keymap("[runs]\npause = \"F5\"\n\"mark\" = [\"Ctrl-T\", \"K\"]\n[chart]\nright = \"o\"\n")
    let chain = Pane.runs.chain
    #expect(keymap.binding(for: .function(5), chain: chain)?.action == .runs(.pause))
    #expect(keymap.binding(for: .control("t"), chain: chain)?.action == .runs(.mark))
    #expect(keymap.binding(for: .character("K"), chain: chain)?.action == .runs(.mark))
    #expect(keymap.binding(for: .character("p"), chain: chain) == nil)
    #expect(keymap.binding(for: .space, chain: chain) == nil)
    // `h l` was a label for two bindings.
    #expect(keymap.binding(for: .character("h"), chain: Pane.loss.chain)?.label == "h ←")
    #expect(keymap.binding(for: .character("o"), chain: Pane.loss.chain)?.action == .chart(.step(1)))
    var state = TestData.state()
    _ = Update.apply(.key(.character("6")), to: &state, keymap: keymap)
    #expect(HintRow.hints(state, keymap: keymap, columns: 300).contains { $0.key == "F5" && $0.text == "pause" })
    let effects = Update.apply(.key(.function(5)), to: &state, keymap: keymap)
    #expect(Driver.commands(effects).count == 1)
    _ = Update.apply(.key(.character("?")), to: &state, keymap: keymap)
    #expect(Render.screen(state, keymap: keymap).text.contains { $0.contains("F5") && $0.contains("pause or resume") })
  }

  @Test("below the least size too")
  func tooSmall() throws {
    let keymap = try keymap("[runs]\npause = \"F5\"\n[global]\npause-queue = \"F6\"\nleave = \"F7\"\n")
    var state = TestData.state(columns: 48, rows: 8)
    #expect(Render.screen(state, keymap: keymap).text.contains { $0.contains("F5 pause   F6 pause queue   F7 save") })
    func press(_ key: Key) -> [Effect] { Update.apply(.key(key), to: &state, keymap: keymap) }
    for key in [Key.character("p"), .character("P"), .character("q"), .space, .character("d")] {
      #expect(press(key).isEmpty, "\(key)")
    }
    let commands = Driver.commands(press(.function(5)) + press(.function(6)) + press(.function(7)))
    #expect(commands == [.pause(13), .pauseQueue(true), .shutdown(.save)])
    #expect(Driver.exit(press(.function(7))) == .quit && Driver.exit(press(.control("c"))) == .quit)
    state.isReadOnly = true
    #expect(press(.function(5)).isEmpty && press(.function(6)).isEmpty)
  }

  @Test("what is wrong is said in one line, with its place")
  func errors() {
    #expect(error("[runs\n").hasPrefix("keys.toml:1: not TOML"))
    #expect(error("\n[nowhere]\nmark = \"x\"\n").hasPrefix("keys.toml:2: `nowhere` is no context"))
    #expect(error("[runs]\n\nfly = \"x\"\n").hasPrefix("keys.toml:3: [runs] has no action `fly`; it has mark, open"))
    #expect(error("[runs]\nmark = \"Hyper-X\"\n").hasPrefix("keys.toml:2: \"Hyper-X\" is no key"))
    #expect(error("[runs]\nmark = \"Ctrl-S\"\n").contains("is no key"))
    #expect(error("[runs]\nmark = []\n").contains("takes a key"))
    #expect(error("[runs]\nmark = 5\n").contains("takes a key"))
    let conflict = error("[runs]\nmark = \"q\"\n")
    #expect(conflict.contains("two things") && conflict.contains("mark for curves") && conflict.contains("leave"))
  }

  @Test("every binding has a name, and a name is one action in its context")
  func names() {
    for context in KeyContext.allCases {
      var seen: [String: Action] = [:]
      for binding in Keymap.standard.bindings(of: context) {
        let name = binding.action.name
        #expect(name != nil, "\(binding.text)")
        guard let name else { continue }
        #expect(seen[name] == nil || seen[name] == binding.action, "\(context) \(name)")
        seen[name] = binding.action
      }
    }
  }

  /// What people have in their files: a name that is changed breaks them.
  private static let known: [(context: KeyContext, names: String)] = [
    (
      .global,
      "next-pane previous-pane pane-1 pane-2 pane-3 pane-4 pane-5 pane-6 pane-7 pane-8 pane-9 zoom-pane previous-screen "
        + "next-screen screen-main screen-compare screen-run screen-sweep screen-advise screen-log "
        + "pause-queue export-view copy theme options mouse command back redraw suspend interrupt help leave"
    ),
    (.main, "queue"),
    (.compare, "ask previous-prompt next-prompt next-differing previous-differing"),
    (
      .run,
      "labels pause stop export measure-again previous-run next-run previous-prompt next-prompt fleet prune ask charts"
    ),
    (.sweep, "show-race end-search preset start measure"),
    (.advise, "queue-missing more-budget less-budget fleet thresholds scope published export"),
    (.list, "next previous first last page-down page-up half-page-down half-page-up"),
    (.form, "next previous next-choice previous-choice step-up step-down reset edit"),
    (
      .chart,
      "inspect left right far-left far-right next-series previous-series first-step last-step "
        + "zoom-in zoom-out zoom-all follow smoother rougher raw axes unit"
    ),
    (.scroll, "scroll-down scroll-up next-column previous-column"),
    (.heatmap, "next-layer previous-layer next-row previous-row measure"),
    (.exports, "export-view"),
    (.setup, "examples probe"),
    (.modules, "toggle unfold fold layers all probe"),
    (.parameters, "use-set"),
    (.scatter, "inspect next-series previous-series unit confidence published use-set"),
    (
      .runs,
      "mark open pause stop repeat sort export measure-again filter range unmark-all "
        + "sort-by-column group fold-all columns labels choose-matching delete baseline earlier later next-column previous-column "
        + "fleet prune"
    ),
    (.settings, "all-rows next-column previous-column"),
    (.results, "next-column previous-column baseline groups unmark"),
    (.samples, "page-down page-up first last"),
    (.examples, "next-prompt previous-prompt only-differing order read"),
    (.pairs, "next-column previous-column baseline"),
    (.layers, "next-column previous-column layers"),
    (.planner, "include include-all sort"),
    (.dataList, "include include-all"),
    (.cards, "next-card previous-card evidence"),
    (.log, "follow wrap level filter"),
  ]

  @Test("names stay what they were")
  func namesStay() {
    #expect(Self.known.map(\.context) == KeyContext.allCases)
    for (context, names) in Self.known {
      let now = Keymap.standard.bindings(of: context).compactMap(\.action.name)
        .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
      #expect(now.joined(separator: " ") == names, "\(context)")
    }
  }
}
