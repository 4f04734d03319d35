import Messages
import Recipe
import Terminal

/// The columns of the runs table: which are shown at a width, and what each says about a run.
package enum RunsColumn: Hashable, Sendable {
  case number, labels, set, name, data, seed, differs, state, bar, percent, eta, rate, loss, accuracy, failures, p50
  case p95, overhead, fleet, parameters, wall, created, curve, scoreBar, overheadBar
  /// A setting by its key in a plan.
  case setting(String)

  /// All but the settings, from left to right; settings stand after the seed.
  package static let plain: [RunsColumn] = [
    .number, .labels, .set, .name, .data, .seed, .differs, .state, .bar, .percent, .eta, .rate, .loss, .accuracy,
    .failures, .p50, .p95, .overhead, .fleet, .parameters, .wall, .created,
    .curve, .scoreBar, .overheadBar,
  ]

  package var title: String {
    switch self {
    case .labels: "name, tags"
    case .wall: "time"
    case .created: "queued"
    case .setting(let key): key.replacing("_", with: "-")
    case .number: "#"
    case .set, .name: "modules"
    case .data: "data"
    case .seed: "seed"
    case .differs: "differs"
    case .state: "state"
    case .bar: "progress"
    case .percent: "%"
    case .eta: "eta"
    case .rate: "tok/s"
    case .loss: "loss"
    case .accuracy: "score %"
    case .failures: "fail"
    case .p50: "p50"
    case .p95: "p95"
    case .overhead: "ovh %"
    case .fleet: "N=\(CombinationSummary.fleetSequences) %"
    case .parameters: "params"
    case .curve: "curve"
    case .scoreBar: "score"
    case .overheadBar: "ovh"
    }
  }

  /// What the column says, in a line of its own where it is chosen.
  package func about(_ state: DashboardState) -> String {
    let dot = state.glyphs.off
    switch self {
    case .number: return "#: the run's number, by which curves, filters and the command line know it"
    case .set:
      return "modules: what the adapter changes: Q qkv, O o_proj, 1 fc1 (gate, up), 2 fc2 (down), \(dot) not, ~ a part"
    case .name: return "modules: what the adapter changes: qkv, o_proj, fc1 (gate and up), fc2 (down)"
    case .data: return "data: the data set that the run was trained and scored on"
    case .seed: return "seed: the number that the adapter's start and the order of the examples come from"
    case .differs: return "differs: settings in which runs differ that look alike otherwise: r rank, lr learning rate"
    case .state: return "state: wait, prep, train, eval (scoring), tpot (latency), then done; part: stopped early"
    case .bar: return "progress: how much of its present part is done: training, scoring or measuring"
    case .percent: return "%: the part that is done of what it does now; of what has ended early, of its steps"
    case .eta: return "eta: the time that is left, by its own speed; of a waiting run the time that it will take"
    case .rate: return "tok/s: tokens of training a second, the last ones of a finished run"
    case .loss: return "loss: nats a token in training, smoothed as the curve in Loss is: the legend's value"
    case .accuracy:
      let (half, most) = (state.glyphs.plusMinus, state.glyphs.atMost)
      return "score %: on held-out examples, \(half) half of its 95 % interval; 0.0\(most)9.7: none right, at most 9.7"
    case .failures: return "fail: the share of answers from which no result could be read; they count as wrong"
    case .p50: return "p50: median time per output token (TPOT), \(Self.unit)"
    case .p95: return "p95: 95 of 100 tokens are written within this time, \(Self.unit)"
    case .overhead: return "ovh %: TPOT p50 over the base's, with its 95 % interval; ~ ! measured on a busy machine"
    case .fleet:
      return
        "N=\(CombinationSummary.fleetSequences): TPOT of a batch of so many adapters over the same batch without; \(state.glyphs.about) predicted"
    case .parameters: return "params: trainable parameters of the adapter"
    case .curve: return "curve: the training loss over the run's steps, each run from its own lowest to its own highest"
    case .scoreBar: return "score: from 0 to 100 %, shaded over its 95 % interval"
    case .overheadBar:
      return "ovh: TPOT over the base's, shaded over its 95 % interval; the widest of all runs fills it"
    case .labels:
      return "name, tags: what you wrote on the run, \(state.glyphs.above) pinned to the top; N changes it"
    case .wall: return "time: how long the run took, all of its parts"
    case .created: return "queued: the day on which the run was queued"
    case .setting(let key): return "\(title): \(SettingField.named(key)?.about ?? "a setting")"
    }
  }

  private static let unit = "milliseconds unless a unit stands there"

  /// Columns that the usual values take, without the blank before them.
  var usualWidth: Int {
    switch self {
    case .number: 3
    case .set: 7
    case .data: 4
    case .seed: 4
    case .differs: 7
    case .state: 8
    case .bar: 8
    case .percent: 4
    case .eta: 5
    case .rate: 5
    case .loss: 5
    case .accuracy: 9
    case .failures: 5
    case .p50: 5
    case .p95: 5
    case .overhead: 9
    case .fleet: 6
    case .parameters: 6
    case .name: 7
    case .curve: 12
    case .scoreBar: 10
    case .overheadBar: 8
    case .labels: 10
    case .wall: 5
    case .created: 10
    case .setting: max(4, CharacterWidth.columns(title))
    }
  }

  /// The widest that a text may make its column; nil for numbers, which are whole or not there.
  private var mostWidth: Int? {
    switch self {
    case .data: 16
    case .differs: 28
    case .name: 34
    case .labels: 28
    case .setting: max(16, usualWidth)
    case .set, .state, .bar, .curve, .scoreBar, .overheadBar: usualWidth
    case .wall, .created, .number, .seed, .percent, .eta, .rate, .loss, .accuracy, .failures, .p50, .p95, .overhead,
      .fleet, .parameters:
      nil
    }
  }

  var isRight: Bool {
    switch self {
    case .set, .data, .differs, .state, .bar, .name, .labels, .created, .curve, .scoreBar, .overheadBar: false
    case .wall, .setting, .number, .seed, .percent, .eta, .rate, .loss, .accuracy, .failures, .p50, .p95, .overhead,
      .fleet, .parameters:
      true
    }
  }

  /// The order in which columns take the room that is there. Names come in place of the cells as soon as there is room for them.
  private static let priority: [RunsColumn] = [
    .number, .set, .data, .seed, .state, .loss, .accuracy, .labels, .differs, .percent, .eta, .overhead, .p50, .name,
    .curve, .scoreBar, .overheadBar, .failures, .bar, .rate, .parameters, .fleet, .p95, .wall, .created,
  ]

  /// What a person has switched on comes right after what tells runs apart, and what they reached.
  private static func priority(_ state: DashboardState) -> [RunsColumn] {
    let asked = state.runs.columns.filter(\.value).map(\.key).sorted { place($0) < place($1) }
    guard !asked.isEmpty else { return priority }
    let first = priority.prefix { $0 != .labels }
    return first + asked.filter { !first.contains($0) } + priority.dropFirst(first.count).filter { !asked.contains($0) }
  }

  /// From left to right.
  private static func place(_ column: RunsColumn) -> Int {
    if case .setting(let key) = column {
      return 500 + (SettingField.all.firstIndex { $0.key == key } ?? 0)
    }
    let place = plain.firstIndex(of: column) ?? 0
    return place > (plain.firstIndex(of: .seed) ?? 0) ? 1000 + place : place
  }

  /// A column with the texts of the rows in view, and as wide as they need it.
  package struct Shown: Sendable {
    package var column: RunsColumn
    package var width: Int
    package var texts: [Text]
  }

  package typealias Text = (text: String, style: Style)

  /// A column as wide as it is shown.
  struct Width: Equatable, Sendable {
    var column: RunsColumn
    var width: Int
  }

  /// The columns for these rows at a width. A column takes the width that its numbers need, or goes.
  package static func shown(_ runs: some Collection<RunSummary>, _ state: DashboardState, width: Int) -> [Shown] {
    let glyphs = state.glyphs
    var left = width
    var chosen: [RunsColumn: Shown] = [:]
    let causes = RememberedTexts.Causes(state)
    var rows = state.remembered.texts.rows(runs, causes, state.remembered.losses)
    defer { state.remembered.texts.keep(rows, causes) }
    for column in priority(state) where state.runs.columns[column] ?? column.hasTexts(state) {
      let texts = rows.indices.map { row in
        let run = rows[row].run
        return rows[row].text(column) { column.text(run, state, glyphs) }
      }
      let widest = texts.lazy.map { CharacterWidth.columns($0.text) }.max() ?? 0
      // What a person wrote leaves room for figures.
      let most = column == .labels && width < 120 ? 20 : column.mostWidth
      var own = max(column.usualWidth, min(widest, most ?? .max))
      // As wide for every page of a store of many runs.
      if column == .number, let last = state.snapshot.runs.last { own = max(own, "\(last.id)".count) }
      if column == .name, let cells = chosen[.set] {
        // A name that is cut may be another one's: cells are whole.
        guard own - cells.width <= left, widest <= own else { continue }
        left += cells.width + 1
        chosen[.set] = nil
      }
      if own + 1 > left {
        // A text may be shorter than it is; a number may not.
        guard column.mostWidth != nil, left > column.usualWidth else {
          if own > column.usualWidth || column == .data || column == .differs || column.isPicture || column.isExtra {
            continue
          }
          break
        }
        own = left - 1
      }
      left -= own + 1
      chosen[column] = Shown(column: column, width: own, texts: texts)
    }
    return chosen.values.sorted { place($0.column) < place($1.column) }
  }

  /// It is there at a person's wish only, or takes its room from nothing else.
  private var isExtra: Bool {
    switch self {
    case .labels, .wall, .created, .setting: true
    default: false
    }
  }

  /// Drawn, not written: gives way to figures.
  private var isPicture: Bool { self == .curve || self == .scoreBar || self == .overheadBar }

  /// Whether the column says anything: progress only while there is progress.
  private func hasTexts(_ state: DashboardState) -> Bool {
    switch self {
    case .data: state.hasSeveralDataSets
    case .differs: !state.differences.isEmpty
    case .percent: state.overview.unfinished > 0 || state.overview.cut > 0
    case .bar, .eta: state.overview.unfinished > 0
    case .overheadBar: state.overview.mostOverhead > 0
    case .fleet: state.fleets.value?.isEmpty == false
    case .curve, .scoreBar: true
    case .labels: state.overview.labelled > 0
    case .wall, .created, .setting: false
    case .p50, .p95, .overhead: state.overview.measured > 0
    case .number, .set, .seed, .state, .rate, .loss, .accuracy, .failures, .parameters, .name: true
    }
  }

  /// A marked run's pictures have its curve's colour.
  func rowStyle(_ run: RunSummary, _ state: DashboardState) -> Style {
    state.marks.contains(run.id) ? state.seriesStyle(run.id) : Style(.border)
  }
}
