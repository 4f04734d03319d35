import Messages
import Terminal

/// What can be done in lists, forms and texts.
package enum ListAction: Hashable, Sendable {
  case move(Int)
  case page(Int)
  case halfPage(Int)
  case first, last, filter
  case scroll(Int)
  case columns(Int)
  /// Another prompt with its outputs.
  case sample(Int)
  /// The next one in a direction that some of the compared runs have right and others not.
  case differingSample(Int)

  var name: String? {
    switch self {
    case .move(let rows): rows > 0 ? "next" : "previous"
    case .page(let direction): direction > 0 ? "page-down" : "page-up"
    case .halfPage(let direction): direction > 0 ? "half-page-down" : "half-page-up"
    case .first: "first"
    case .last: "last"
    case .filter: "filter"
    case .scroll(let rows): rows > 0 ? "scroll-down" : "scroll-up"
    case .columns(let columns): columns > 0 ? "next-column" : "previous-column"
    case .sample(let step): step > 0 ? "next-prompt" : "previous-prompt"
    case .differingSample(let step): step > 0 ? "next-differing" : "previous-differing"
    }
  }
}

extension Update {
  mutating func perform(_ action: ListAction) {
    switch action {
    case .move(let rows): move(rows)
    case .page(let direction): move(direction * max(1, pageRows - 1))
    case .halfPage(let direction): move(direction * max(1, pageRows / 2))
    case .first: move(-1_000_000)
    case .last: move(1_000_000)
    case .filter:
      state.field =
        state.screen == .log
        ? FieldEdit(.logFilter, text: state.log.filter) : FieldEdit(.runsFilter, text: state.runs.filter)
    case .scroll(let rows): scroll(rows)
    case .columns(let columns):
      if state.focusedPane == .runs || state.focusedPane == .compareResults { return explainColumn(columns) }
      guard state.screen == .compare else { return }
      if state.focusedPane == .comparePairs { return moveAgainst(columns) }
      var places = state.compare.comparison?.rows.count ?? 0
      if state.focusedPane == .compareSamples, let inner = CompareSamplesPane.texts(state) {
        // Beyond the last output there is nothing to come back from.
        places -= SamplePage.fitting(places, inner.width) - 1
      }
      state.compare.firstColumn = clamp(state.compare.firstColumn + columns, places)
    case .sample(let step): moveSample(step)
    case .differingSample(let step):
      guard let found = state.compare.example(step, differing: true) else {
        return state.say("no \(step > 0 ? "later" : "earlier") prompt differs")
      }
      state.compare.sample = found
    }
  }

  /// The column beside the one that is explained: the first or the last of those in view where none is.
  private mutating func explainColumn(_ step: Int) {
    func next<Column: Equatable>(_ columns: [Column], after chosen: Column?) -> Column? {
      let index = chosen.flatMap { columns.firstIndex(of: $0) }
      guard let index else { return step > 0 ? columns.first : columns.last }
      return columns[(index + step + columns.count) % columns.count]
    }
    if state.focusedPane == .runs {
      state.runs.column = next(RunsPane.columns(state), after: state.runs.column)
      state.runs.columnChosen = state.now
    } else {
      state.compare.column = next(CompareResultsPane.explained(state).map(\.title), after: state.compare.column)
      state.compare.columnChosen = state.now
    }
  }

  /// The run that the selected one is set against in the matrix of pairs.
  private mutating func moveAgainst(_ step: Int) {
    let ids = state.compare.comparison?.rows.map(\.run.id) ?? []
    guard !ids.isEmpty else { return }
    let index = ids.firstIndex { $0 == state.compare.shownAgainst } ?? 0
    state.compare.against = ids[clamp(index + step, ids.count)]
  }

  private mutating func moveSample(_ step: Int) {
    if state.screen == .compare {
      state.compare.sample = state.compare.example(step) ?? 0
    } else {
      state.run.sample = clamp(state.run.sample + step, state.run.examples.count)
    }
  }

  /// Texts scroll by lines.
  private mutating func scroll(_ rows: Int) {
    if [.adviseRules, .compareSamples, .runSamples].contains(state.focusedPane) { move(rows) }
  }

  /// Rows that the focused list shows.
  private var pageRows: Int { max(1, (state.layout.rect(of: state.focusedPane)?.height ?? 4) - 3) }

  // MARK: The cursor

  /// Moves the cursor of the focused list or form.
  mutating func move(_ rows: Int) {
    switch state.focusedPane {
    case .setup: moveInSetup(rows)
    case .modules:
      let all = state.checklist.rows
      state.checklist.cursor = all[clamp(state.checklist.index + rows, all.count)]
    case .parameters:
      state.parametersRow = clamp(state.parametersRow + rows, ParameterBars.sets(state).count)
    case .runs:
      let all = state.runRows
      guard all.lineCount > 0 else { return }
      setCursor(all, line: clamp((all.line(of: state.runs) ?? 0) + rows, all.lineCount))
    case .compareSettings:
      let count = state.compare.comparison?.settings.count ?? 0
      state.compare.settingsTop = clamp(state.compare.settingsTop + rows, count)
    case .compareExamples: moveByLines(rows)
    case .compareSamples:
      let overflow = CompareSamplesPane.overflow(state)
      state.compare.sampleTop = clamp(min(state.compare.sampleTop, overflow) + rows, overflow + 1)
    case .runSamples:
      let overflow = RunSamplesPane.overflow(state)
      state.run.sampleTop = clamp(min(state.run.sampleTop, overflow) + rows, overflow + 1)
    case .compareResults, .comparePairs:
      let ids = state.compare.comparison?.rows.map(\.run.id) ?? []
      guard !ids.isEmpty else { return }
      let index = state.compare.selected.flatMap { ids.firstIndex(of: $0) } ?? 0
      state.compare.selected = ids[clamp(index + rows, ids.count)]
    // What is not shown is not moved in.
    case .sweepCombinations:
      if let search = BracketPane.shown(state) {
        state.sweep.bracketRow = clamp(state.sweep.bracketRow + rows, BracketPane.rowCount(search))
        return
      }
      let sets = state.plannedSets
      let index = sets.firstIndex(of: state.sweep.selected) ?? 0
      state.sweep.selected = sets[clamp(index + rows, sets.count)]
    case .sweepOptions:
      let fields = SweepView.Field.allCases
      let index = fields.firstIndex(of: state.sweep.field) ?? 0
      state.sweep.field = fields[clamp(index + rows, fields.count)]
    case .sweepData: state.sweep.dataRow = clamp(state.sweep.dataRow + rows, state.studyChoices.count)
    case .adviseFindings:
      state.advise.finding = clamp(state.advise.finding + rows, state.advise.advice?.findings.count ?? 0)
    case .adviseTradeoffs:
      state.advise.tradeoff = clamp(state.advise.tradeoff + rows, state.advise.advice?.tradeoffs.count ?? 0)
    case .adviseRules: state.advise.rulesTop = clamp(state.advise.rulesTop + rows, AdviseRulesPane.lineCount(state))
    case .log:
      let count = state.log.shown.count
      state.log.selected = clamp(state.log.selected + rows, count)
      state.log.follows = state.log.selected == count - 1
    case .energy, .runEnergy: perform(HeatmapAction.row(rows > 0 ? 1 : -1))
    case .loss, .scatter, .overview, .compareLoss, .compareLatency, .compareLayers, .runLoss, .runGradient, .runRate,
      .runSpeed,
      .runMemory, .runLatency, .runParameters, .adviseCards:
      return
    }
  }

  /// Puts the cursor of the runs' table on a line: a run, or a group.
  mutating func setCursor(_ rows: RunRows, line: Int) {
    switch rows.line(line) {
    case .group(let group): state.runs.group = rows.groups[group].title
    case .run(let row):
      state.runs.group = nil
      state.runs.selected = rows.id(at: row)
    }
  }

  /// To the example below or above among those that are shown in lines; beyond the last line to the last one.
  private mutating func moveByLines(_ lines: Int) {
    let shown = state.compare.examples
    guard let place = shown.firstIndex(of: state.compare.sample) else { return }
    let each = CompareExamplesPane.cells(state)
    let isEnd = abs(lines) >= shown.count
    let target = isEnd ? (lines > 0 ? shown.count - 1 : 0) : clamp(place + lines * each, shown.count)
    // On the last line there is no line below.
    if !isEnd, target / each == place / each { return }
    state.compare.sample = shown[target]
  }

  /// One row up or down in the same column of the form.
  private mutating func moveInSetup(_ step: Int) {
    let rows = SetupField.rows
    guard let row = rows.firstIndex(where: { $0.contains(state.setupField) }),
      let column = rows[row].firstIndex(of: state.setupField)
    else { return }
    let next = rows[clamp(row + step, rows.count)]
    state.setupField = next[min(column, next.count - 1)]
  }

  private func clamp(_ value: Int, _ count: Int) -> Int { min(max(0, value), max(0, count - 1)) }
}
