import Messages
import Recipe
import Terminal

/// What the Sweep screen shows: which combinations and how.
package struct SweepView: Sendable, Equatable {
  package enum Preset: String, CaseIterable, Sendable {
    case all, article, custom

    /// - Parameter combinations: how many the model has.
    package func title(of combinations: Int) -> String {
      switch self {
      case .all: "all \(combinations)"
      case .article: "article 9"
      case .custom: "custom"
      }
    }
  }

  package enum Sort: String, CaseIterable, Sendable { case parameters, digit }

  package enum Field: String, CaseIterable, Sendable {
    case preset, strategy, seeds, match, order, reuse, evaluation, jobs, latency, fleet, minutes

    package var label: String {
      switch self {
      case .preset: "preset"
      case .strategy: "strategy"
      case .seeds: "seeds"
      case .match: "match"
      case .order: "order"
      case .reuse: "reuse"
      case .evaluation: "eval"
      case .jobs: "at once"
      case .latency: "latency"
      case .fleet: "fleet"
      case .minutes: "minutes"
      }
    }
  }

  /// All of the model's module groups, in the order of their codes; the article's fifteen until there is a model.
  package private(set) var combinations = Targets.fifteen
  package var included: Set<Targets> = Set(Targets.fifteen)
  /// Find the best of them in a race, instead of training all.
  package var isSearch = false
  package var sort = Sort.parameters
  package var selected: Targets = Targets.fifteen[1]
  package var reuseFinished = true
  package var cheapestFirst = true
  package var field = Field.preset
  /// The data sets of the study; nil follows the chosen one.
  package var data: [DataReference]?
  /// Cursor of the list of data sets.
  package var dataRow = 0
  /// Adapter parameters that each combination is to have, about; nil: all have the same rank.
  package var parameterBudget: Int?
  /// Evaluation examples of every data set; nil leaves it to each.
  package var evaluationExamples: Int?
  /// Percent over the base's TPOT that a search's answer may cost; nil: any.
  package var latencyBudget: Double?
  /// TPOT counts as that of a batch of so many adapters; nil: of one sequence.
  package var fleet: Int?
  /// Minutes of machine time that a search has on each data set; nil: as long as it takes.
  package var minutesBudget: Double?
  /// The search whose race is not shown; the race of another is.
  package var hiddenBracket: SearchID?
  /// The search whose race is shown, though it is over: it was shown when it ended, or was asked for.
  package var openedBracket: SearchID?
  /// The row of the race that the cursor is on.
  package var bracketRow = 0
  /// A model with data sets whose speed was measured without being asked for.
  package struct ClockedPlace: Hashable, Sendable {
    var model: ModelReference?
    var data: [DataReference]
  }

  package var clockedUnasked: Set<ClockedPlace> = []

  package init() {}

  /// Takes the combinations of another model: all of them where all were included, else what the two have in common.
  package mutating func follow(_ combinations: [Targets]) {
    guard combinations != self.combinations else { return }
    let hadAll = preset == .all
    self.combinations = combinations
    included = hadAll ? Set(combinations) : included.intersection(combinations)
    if !combinations.contains(selected), let first = combinations.first { selected = first }
  }

  /// One combination has nothing to race against.
  package var startsSearch: Bool { isSearch && included.count > 1 }

  package var presetTitle: String { preset.title(of: combinations.count) }

  package var preset: Preset {
    if included == Set(combinations) { return .all }
    if included == Set(Targets.articleNine) { return .article }
    return .custom
  }
}

/// The combinations: which take part, what they cost, what exists already.
package enum SweepCombinationsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    if let search = BracketPane.shown(state) { return BracketPane.draw(search, state, in: rect, on: &canvas) }
    let sets = state.plannedSets
    let glyphs = state.glyphs
    let inner = canvas.pane(
      .sweepCombinations, state, in: rect, note: "preset: \(state.sweep.presetTitle)",
      footerNote: "sort \(state.sweep.sort.rawValue) \(glyphs.sortUp)")
    let summary = summary(state).flatMap { Wrap.lines($0, columns: inner.width) }
    let rows = max(1, min(sets.count, inner.height - 1 - (inner.height > 8 ? summary.count + 1 : 0)))
    let selected = sets.firstIndex(of: state.sweep.selected) ?? 0
    let top = scrollTop(selected: selected, rows: rows, count: sets.count)
    if rows < sets.count {
      let range = "\(top + 1)-\(min(sets.count, top + rows)) of \(sets.count)"
      canvas.put(" \(range) ", x: rect.x + 2, y: rect.bottom - 1, style: .dim)
    }
    // Names come before bars.
    let nameWidth = inner.width >= 60 ? 21 : 9
    let left = inner.width - 39 - nameWidth
    let barWidth = left >= 10 ? min(24, left) : 0
    header(inner, nameWidth, barWidth, isMatched: state.sweep.parameterBudget != nil, on: &canvas)
    let counts = sets.map { state.plannedParameters($0) }
    let most = Double(max(1, counts.compactMap { $0 }.max() ?? 1))
    for index in top..<min(sets.count, top + rows) {
      row(
        sets[index], counts[index], most: most, nameWidth: nameWidth, barWidth: barWidth, state,
        y: inner.y + 1 + index - top, in: inner,
        on: &canvas)
    }
    let y = inner.y + 1 + rows
    guard y + summary.count < inner.bottom + 1, inner.height > 8 else { return }
    canvas.rule(inner, y: y, glyphs: glyphs)
    for (offset, line) in summary.enumerated() {
      canvas.put(
        line, x: inner.x, y: y + 1 + offset, style: line.hasPrefix("a = ") ? .dim : .plain, maxWidth: inner.width)
    }
  }

  private static func header(_ inner: Rect, _ nameWidth: Int, _ barWidth: Int, isMatched: Bool, on canvas: inout Canvas)
  {
    canvas.put(nameWidth > 9 ? "modules" : "id set", x: inner.x + 6, y: inner.y, style: .dim)
    let start = inner.x + 6 + nameWidth
    let x = start + (barWidth > 0 ? barWidth + 1 : 0)
    if barWidth > 0 {
      canvas.put("parameters".truncated(toColumns: barWidth), x: start, y: inner.y, style: .dim)
    } else {
      canvas.put("params", x: x, y: inner.y, style: .dim)
    }
    canvas.put(
      (isMatched ? "   rank" : "of base") + " est. time have", x: x + 8, y: inner.y, style: .dim,
      maxWidth: inner.right - x - 8)
  }

  private static func row(
    _ set: Targets, _ count: Int?, most: Double, nameWidth: Int, barWidth: Int, _ state: DashboardState, y: Int,
    in inner: Rect,
    on canvas: inout Canvas
  ) {
    let isCursor = set == state.sweep.selected
    let focused = state.focusedPane == .sweepCombinations
    let isIncluded = state.sweep.included.contains(set)
    func shade(_ style: Style) -> Style { isCursor && focused ? style.selected : style }
    if isCursor && focused {
      canvas.fill(Rect(x: inner.x, y: y, width: inner.width, height: 1), " ", Style.plain.selected)
    }
    if isCursor {
      canvas.put(String(state.glyphs.pointer), x: inner.x, y: y, style: shade(Style(focused ? .focus : .dim)))
    }
    let style: Style = isIncluded ? .plain : .dim
    let isArticle = Targets.articleNine.contains(set)
    canvas.put(isIncluded ? "[x]" : "[ ]", x: inner.x + 2, y: y, style: shade(isIncluded ? Style(.ok) : .dim))
    let name = nameWidth > 9 ? state.name(set, columns: 18) : state.code(set)
    canvas.put("\(name)\(isArticle ? nameWidth > 9 ? " a" : "a" : " ")", x: inner.x + 6, y: y, style: shade(style))
    var x = inner.x + 6 + nameWidth
    guard let count, let model = state.snapshot.model else {
      canvas.put("?", x: x, y: y, style: shade(.dim))
      return
    }
    if barWidth > 0 {
      canvas.put(
        Bar.text(Double(count) / most, columns: barWidth, glyphs: state.glyphs), x: x, y: y,
        style: shade(isIncluded ? Style(.focus) : .dim))
      x += barWidth + 1
    }
    canvas.put(NumberFormat.count(count).padded(toColumns: 6, right: true), x: x, y: y, style: shade(style))
    // In a parameter-matched plan the rank is what differs.
    let share =
      state.sweep.parameterBudget == nil
      ? Figure.share(count, of: model.parameterCount) : "r \(state.plannedRank(set))"
    canvas.put(share.padded(toColumns: 7, right: true), x: x + 8, y: y, style: shade(.dim))
    let items = state.sweepEstimate.items(set)
    let times = items.compactMap(\.secondsPerRun)
    let time =
      times.isEmpty || times.count < items.count
      ? String(state.glyphs.dash) : NumberFormat.duration(times.reduce(0, +) / Double(times.count))
    canvas.put(time.padded(toColumns: 9, right: true), x: x + 16, y: y, style: shade(style))
    if !items.isEmpty {
      let have = items.reduce(0) { $0 + $1.have }
      let text = "\(have)/\(items.reduce(0) { $0 + $1.wanted })"
      canvas.put(text.padded(toColumns: 5, right: true), x: x + 25, y: y, style: shade(have > 0 ? Style(.ok) : .dim))
    }
  }

  private static func summary(_ state: DashboardState) -> [String] {
    let totals = state.sweepTotals
    let glyphs = state.glyphs
    if state.sweep.startsSearch {
      return [
        "\(state.sweep.included.count) sets race on the tuning split of \(state.studyData.count == 1 ? "the data set" : "each data set"): "
          + "the worse ones leave early, leaders get more seeds. How long it takes is said when it begins."
      ]
    }
    let counts = [
      (state.studyData.count, "data set"), (state.sweep.included.count, "set"), (state.setup.seeds.count, "seed"),
    ].map(Counted.text)
    let time =
      totals.seconds.map { "est. \(glyphs.about) \(NumberFormat.duration($0))" }
      ?? "time: c clocks a few steps"
    let estimate = state.sweepEstimate.value
    let based =
      estimate.map {
        ($0.basedOnRuns > 0 ? "times from \(Counted.text($0.basedOnRuns, "run")) here" : "times from measured speeds")
          + $0.certainty
      }
    return [
      counts.joined(separator: " \(glyphs.times) ")
        + ": \(Counted.text(totals.wanted, "run")), \(totals.have) there already: \(totals.toDo) to do, \(time)",
      "a = in the article's nine" + (totals.seconds == nil ? "" : based.map { " · \($0)" } ?? ""),
    ]
  }
}

/// How the sweep goes: preset, seeds, order, reuse, evaluation.
package enum SweepOptionsPane {
  package static func draw(_ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let inner = canvas.pane(.sweepOptions, state, in: rect)
    let focused = state.focusedPane == .sweepOptions
    let all = SweepView.Field.allCases.map { $0 }
    // The fields from the first one on with which the cursor's is in view.
    let selected = all.firstIndex(of: state.sweep.field) ?? 0
    let top = max(0, selected - inner.height + 1)
    var y = inner.y
    for field in all[top...] where y < inner.bottom {
      let isCursor = field == state.sweep.field && focused
      if isCursor { canvas.put(String(state.glyphs.pointer), x: inner.x - 1, y: y, style: Style(.focus)) }
      canvas.put(field.label, x: inner.x, y: y, style: .dim)
      let x = inner.x + 10
      let width = inner.right - x
      if let edit = state.field, edit.purpose == field.purpose {
        canvas.field(edit.field, x: x, y: y, columns: width)
        y += 1
        continue
      }
      let wordings = wordings(field, state)
      let text = wordings.first { CharacterWidth.columns($0) <= width } ?? wordings.last ?? ""
      canvas.put(
        text.truncated(toColumns: width, ellipsis: state.glyphs.ellipsis), x: x, y: y,
        style: isCursor ? Style.plain.selected : .plain)
      y += 1
    }
    guard y + 1 < inner.bottom else { return }
    canvas.rule(inner, y: y, glyphs: state.glyphs)
    let settings = state.setup.settings
    let facts = [
      "1 Setup on Main: rank \(SetupField.rank.shown(state.setup)), lr \(SetupField.learningRate.shown(state.setup)), "
        + "\(SetupField.steps.text(state.setup))\(settings.steps == nil ? "" : " steps"), batch \(settings.batchSize)"
    ]
    var row = y + 1
    for fact in facts {
      for line in Wrap.lines(fact, columns: inner.width) where row < inner.bottom {
        canvas.put(line, x: inner.x, y: row, style: .dim)
        row += 1
      }
    }
  }

  /// What a field shows, shorter ones behind for narrow panes.
  private static func wordings(_ field: SweepView.Field, _ state: DashboardState) -> [String] {
    if state.sweep.startsSearch, field == .order || field == .reuse { return ["whole runs only"] }
    if !state.sweep.startsSearch, field.isOfSearch { return ["searches only"] }
    switch field {
    case .preset: return [state.sweep.presetTitle]
    case .strategy: return [state.sweep.isSearch ? "find the best" : "train them all"]
    case .seeds: return [SetupField.seeds.text(state.setup)]
    case .match:
      guard let budget = state.sweep.parameterBudget else { return ["[ ] parameters: one rank", "[ ] parameters"] }
      return ["[x] \(NumberFormat.grouped(budget)) parameters", "[x] \(NumberFormat.grouped(budget))"]
    case .order:
      return state.sweep.cheapestFirst ? ["fewest parameters first", "fewest first"] : ["by digit"]
    case .reuse:
      let mark = "[\(state.sweep.reuseFinished ? "x" : " ")]"
      return ["\(mark) finished runs that match", "\(mark) finished runs", "\(mark) finished"]
    case .evaluation:
      if state.studyData.count > 1, state.sweep.evaluationExamples == nil {
        return ["each data set's own", "each its own"]
      }
      let count = state.setup.settings.evaluationExamples ?? state.snapshot.data?.evaluationExamples
      return count.map { [$0 == 0 ? "none" : "\($0) prompts"] } ?? ["the dataset's own", "its own"]
    case .jobs:
      let engine = state.snapshot.engine
      if engine.jobsAreAutomatic { return ["auto: what is faster here", "auto"] }
      let share = max(1, engine.threads / max(1, engine.jobs))
      return ["\(engine.jobs) \(state.glyphs.times) \(Counted.text(share, "thread"))"]
    case .latency:
      return [state.sweep.latencyBudget.map { "\(state.glyphs.atMost) +\(SettingValue.plain($0)) % TPOT" } ?? "any"]
    case .fleet: return [state.sweep.fleet.map { "TPOT of \($0) adapters" } ?? "one sequence"]
    case .minutes:
      return [state.sweep.minutesBudget.map { "\(state.glyphs.atMost) \(SettingValue.plain($0))" } ?? "no limit"]
    }
  }
}
