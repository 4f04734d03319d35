import Messages
import Terminal

/// Everything that the screen shows, as a value: panes are pure functions of it, `Update` is the only writer.
///
/// What one screen or overlay alone has to know stands at the head of its file in `Panes` and `Overlays` (`SweepView`, `Dialog`); in
/// this folder is what several of them share.
package struct DashboardState: Sendable {
  package var size: ScreenSize
  package var characterSet: CharacterSet
  package var colorDepth: ColorDepth
  package var themeName: String
  package var themeNames: [String]
  /// What is wrong with theme files that are not among them, a line each.
  package var themeFaults: [String] = []
  package var options = DashboardSettings()
  /// How far seams between panes were moved, in cells, by `Seam.name`.
  package var sizes: [String: Int] = [:]
  /// What screens remember besides options, each under a name and as a text of its own.
  package var memory: [String: String] = [:]
  package var pointer = PointerState()
  package var isReadOnly: Bool
  /// The runs are trained elsewhere, and a folder of theirs is looked at.
  package var watches = false
  package var mouseIsOn = true

  package var snapshot = Snapshot() {
    didSet {
      serial = Serial.next()
      if !snapshot.hasOnlyGoneOn(since: oldValue) { outline = Serial.next() }
    }
  }
  /// Another one with every snapshot.
  package private(set) var serial = Serial.next()
  /// Another one with every snapshot in which more has happened than that runs have gone on.
  package private(set) var outline = Serial.next()
  let remembered = RememberedFacts()
  package var hasSnapshot = false
  /// Seconds since 1970, of the last input.
  package var now = 0.0
  /// Local time minus UTC, seconds.
  package var utcOffset = 0

  package var screen = ScreenName.main
  /// The screens that `Esc` goes back to.
  package var trail: [ScreenName] = []
  package var focus: [ScreenName: Pane] = [:]
  /// Which chart is shown where Main has room for one only.
  package var mainChart = Pane.loss
  package var isZoomed = false

  package var setup = Setup()
  /// Setup begins with what the newest run of the store was trained with.
  package var adoptsNewest = false
  package var setupField = SetupField.rank
  package var checklist = Checklist()
  package var parametersRow = 0
  package var runs = RunsTable()
  package var marks = Marks()
  package var curves = CurveStore()
  /// Runs whose losses are being read for the table.
  package var readingRows: Set<RunID> = []
  /// For which order by losses all of them were asked for.
  var readAllRows: RememberedLosses.All?
  package var charts: [ScreenName: ChartView] = [:]
  package var scatter = ScatterView()
  package var compare = CompareView()
  package var run = RunView()
  package var heatmap = HeatmapView()
  package var sweep = SweepView()
  package var advise = AdviseView()
  /// The article's figures.
  package var published = Asked<Once, PublishedFigures>()
  package var log = LogView()
  /// Estimates of the present setup on the chosen data, and of the plan on the Sweep screen.
  package var estimate = Asked<EstimateRequest, SweepEstimate>() {
    didSet { estimateSerial = Serial.next() }
  }
  /// Another one with every question and answer about them.
  package private(set) var estimateSerial = Serial.next()
  package var sweepEstimate = Asked<EstimateRequest, SweepEstimate>()
  package var combinations = Asked<CombinationsRequest, [CombinationSummary]>() {
    didSet { combinationsSerial = Serial.next() }
  }
  /// Another one with every answer about combinations.
  package private(set) var combinationsSerial = Serial.next()
  /// The points of the scatter plot, as `Update` placed them last.
  package var scatterPoints = ScatterPoints()

  /// Those of the example that is read on Run and Compare.
  package var pictures = Asked<SamplePictureRequest, [SamplePicture]>()
  /// Of one cell, where the terminal shows pictures itself.
  package var cellPixels: CellPixels?

  package var fleets = Asked<FleetsRequest, FleetFacts>()

  /// Whether the Python of the form has what the engine peft needs.
  package var peft = Asked<PEFTRequest, PEFTFacts>()

  /// What the groups of the runs' table say together.
  package var runGroups = Asked<RunGroupsRequest, [RunGroupSummary]>()
  /// The last answer, by the groups' runs: until the next one is there a group that is as it was keeps its figures.
  package var groupSummaries: [[RunID]: RunGroupSummary] = [:]

  package var field: FieldEdit?
  package var dialog: Dialog?
  /// There while the field of commands is open.
  package var palette: PaletteView?
  package var help: HelpState?
  package var browser: BrowserView?
  package var preview: PreviewView?
  /// Kept when it is closed, so that it need not be computed anew.
  package var probe: ProbeView?
  /// Kept when it is closed, so that its prompt can be changed.
  package var answers: AnswersView?
  /// The dashboard's own last line for the status row; a newer notice of the engine replaces it.
  package var notice: Notice?
  /// When Ctrl-C was pressed lately: three times within 2 s saves and quits.
  package var interrupts: [Double] = []
  /// Runs that were marked or unmarked by hand: those are never marked by themselves.
  package var handled: Set<RunID> = []
  /// Runs that were marked by themselves when they began, the oldest first: they give way to those that a person marks.
  package var markedUnasked: [RunID] = []
  /// Runs that were waiting or under way since nothing was: the study whose end is told.
  package var underWay: Set<RunID> = []
  package var machine: MachineStatus?

  package init(
    size: ScreenSize, characterSet: CharacterSet = .braille, colorDepth: ColorDepth = .truecolor,
    themeName: String = "Night", themeNames: [String] = [], isReadOnly: Bool = false
  ) {
    self.size = size
    self.characterSet = characterSet
    self.colorDepth = colorDepth
    self.themeName = themeName
    self.themeNames = themeNames
    self.isReadOnly = isReadOnly
  }

  package var glyphs: Glyphs { Glyphs.glyphs(for: characterSet) }

  package var layout: Layout {
    Layout.arrange(
      columns: size.columns, rows: size.rows, screen: screen, focus: focusedPane, isZoomed: isZoomed,
      mainChart: mainChart, comparedRuns: comparedRuns.count, runCharts: run.charts, compareOpen: compare.open,
      stripRows: screen == .run ? RunStrip.rows(self) : 1
    ).moved(sizes, on: screen)
  }

  package var focusedPane: Pane {
    if let pane = focus[screen] { return pane }
    switch screen {
    case .main: return .modules
    case .compare: return .compareLoss
    case .run: return .runLoss
    case .sweep: return .sweepCombinations
    case .advise: return .adviseCards
    case .log: return .log
    }
  }

  package var chart: ChartView {
    get { charts[screen] ?? ChartView() }
    set { charts[screen] = newValue }
  }

  /// The runs table's rows in their present order.
  package var runRows: RunRows {
    let isByLoss = runs.sort == .loss
    let order = RunOrder.Causes(
      sort: runs.sort, isReversed: runs.isReversed, beta: isByLoss ? Double(mainView.smoothing ?? -1) : 0,
      isLog: isByLoss && mainView.axes.y == .log, losses: isByLoss ? remembered.losses.serial : 0,
      fleets: runs.sort == .fleet ? fleets.value?.serial ?? 0 : 0, queue: snapshot.queue,
      identity: overview.identity, model: snapshot.model?.fingerprint)
    let causes = RunRows.Causes(filter: runs.filter, grouping: runs.grouping, folded: runs.folded)
    let key = RememberedFacts.RowsKey(order: RememberedFacts.OrderKey(serial: serial, causes: order), causes: causes)
    return remembered.rows.value(for: key) { before in
      RunRows(runOrder(key.order), causes, parents: overview.parents, names: groupNames, before: before)
    }
  }

  private func runOrder(_ key: RememberedFacts.OrderKey) -> RunOrder {
    remembered.order.value(for: key) { before in
      let keys = RunSortKeys(key.causes.sort, isReversed: key.causes.isReversed, snapshot) {
        // What is not read yet stands by its last step until it is.
        lastLoss($0) ?? $0.losses.last.map(Double.init)
      } differs: {
        differences.text(at: $0)
      } fleet: {
        fleets.value?.overhead($0)?.percent
      }
      return RunOrder(snapshot.runs, key.causes, before: before) { keys.key(snapshot.runs[$0], at: $0) }
    }
  }

  /// The runs of each group in view, rising.
  var groupMembers: [[RunID]] {
    let rows = runRows
    return remembered.groupMembers.value(for: rows.serial) {
      rows.groups.map { group in group.members.map { rows.runs[$0].id }.sorted() }
    }
  }

  /// Which group each run is in, where there are groups.
  private var groupNames: RunGroupNames? {
    guard let grouping = runs.grouping else { return nil }
    let key = RememberedFacts.NamesKey(identity: overview.identity, grouping: grouping)
    return remembered.names.value(for: key) { RunGroupNames(grouping, snapshot, differences) }
  }

  /// The run of the cursor; nil where it stands on a group.
  package var selectedRun: RunSummary? { runs.group == nil ? runs.selected.flatMap { snapshot.run($0) } : nil }

  /// The group on whose row the cursor stands.
  package var selectedGroup: RunGroup? { runs.group.flatMap { title in runRows.groups.first { $0.title == title } } }

  /// The run that the Run screen shows.
  package var shownRun: RunSummary? { run.run.flatMap { snapshot.run($0) } }

  /// Marked runs in slot order.
  package var markedRuns: [RunSummary] { marks.inSlotOrder.compactMap { snapshot.run($0) } }

  /// What Compare stands on: marked runs in order of id.
  package var comparedRuns: [RunSummary] { marks.runs.sorted().compactMap { snapshot.run($0) } }

  private var mainView: ChartView { charts[.main] ?? ChartView() }

  /// The newest smoothed loss at the Main screen's smoothing and axes, as the curve's legend has it. Nil without any, and until it was read.
  package func lastLoss(_ run: RunSummary) -> Double? { remembered.losses.average(run, lossSmoothing) }

  var lossSmoothing: RememberedLosses.Smoothing {
    RememberedLosses.Smoothing(chosen: mainView.smoothing, isLog: mainView.axes.y == .log)
  }

  /// Runs that the engine works on now.
  package var activeRuns: [RunSummary] { overview.active.map { snapshot.runs[$0] } }

  package var hasWorkLeft: Bool { !snapshot.queue.isEmpty || !activeRuns.isEmpty }

  /// The line of the status row: the newest of the engine's notices and the dashboard's own. What is said by the way gives way after a minute
  /// to what a reader should still know: what was done, and what went wrong.
  package var statusNotice: Notice? {
    func holds(_ notice: Notice) -> Bool { notice.level != .info || now - notice.time <= 60 }
    // Why a key could not act is of no use on the next screen.
    let mine = notice.flatMap { $0.level == .warning ? (now - $0.time <= 15 ? $0 : nil) : holds($0) ? $0 : nil }
    let theirs = snapshot.notices.last(where: holds)
    guard let mine, let theirs else { return mine ?? theirs }
    return theirs.time > mine.time ? theirs : mine
  }

  package mutating func say(_ text: String, _ level: Notice.Level = .info) {
    notice = Notice(level: level, text: text, time: now)
  }
}
