import Terminal

/// Where everything is: one pure function of size, screen and focus.
///
/// From 120 × 30 Main has six panes; from 80 × 24 Setup and Parameters are folded into Modules and the two charts share a
/// frame; from 60 × 16 only the focused pane is open and the others are a title line each. Below that nothing fits.
package struct Layout: Equatable, Sendable {
  package enum Form: Equatable, Sendable {
    /// A frame with its content.
    case open
    /// One line with number and title.
    case title
    /// Over the other panes (Setup and Parameters of the compact Main).
    case overlay
  }

  package struct Place: Equatable, Sendable {
    package var pane: Pane
    package var rect: Rect
    package var form: Form
  }

  package enum Class: Equatable, Sendable { case wide, compact, single, tooSmall }

  package static let least = ScreenSize(columns: 60, rows: 16)

  package var sizeClass: Class
  package var header: Rect
  package var places: [Place]
  /// The strip under the header of the Run screen.
  package var strip: Rect
  package var status: Rect
  package var hints: Rect

  package func rect(of pane: Pane) -> Rect? { places.first { $0.pane == pane && $0.form != .title }?.rect }

  /// The pane at a cell; overlays first.
  package func pane(x: Int, y: Int) -> Pane? {
    (places.last { $0.form == .overlay && $0.rect.contains(x: x, y: y) }
      ?? places.first {
        $0.rect.contains(x: x, y: y)
      })?.pane
  }

  package static func arrange(
    columns: Int, rows: Int, screen: ScreenName, focus: Pane, isZoomed: Bool, mainChart: Pane = .loss,
    comparedRuns: Int = 3, runCharts: RunCharts = .gradientAndRate, compareOpen: CompareSlots = CompareSlots(),
    stripRows: Int = 1
  ) -> Layout {
    let whole = Rect(x: 0, y: 0, width: columns, height: rows)
    guard columns >= least.columns, rows >= least.rows else {
      return Layout(sizeClass: .tooSmall, header: .zero, places: [], strip: .zero, status: .zero, hints: .zero)
    }
    let sizeClass: Class = columns >= 120 && rows >= 30 ? .wide : columns >= 80 && rows >= 24 ? .compact : .single
    let (header, rest) = whole.split(top: 1)
    let (upper, hints) = rest.split(bottom: 1)
    var (body, status) = upper.split(bottom: 1)
    var strip = Rect.zero
    if screen == .run { (strip, body) = body.split(top: stripRows) }
    let focus = focus.screen == screen ? focus : screen.panes.first ?? focus
    let places: [Place]
    if isZoomed {
      places = [Place(pane: focus, rect: body, form: .open)]
    } else {
      switch (screen, sizeClass) {
      case (.log, _): places = [Place(pane: .log, rect: body, form: .open)]
      case (.compare, .single): places = compareSingle(body, focus: focus)
      case (_, .single): places = single(body, screen: screen, focus: focus)
      case (.main, .wide): places = mainWide(body, focus: focus)
      case (.main, _): places = mainCompact(body, focus: focus, chart: mainChart)
      case (.compare, .wide): places = compareWide(body, runs: comparedRuns, open: compareOpen.showing(focus))
      case (.compare, _): places = compareCompact(body, focus: focus, runs: comparedRuns)
      case (.run, .wide): places = runWide(body, charts: RunCharts(showing: focus) ?? runCharts)
      case (.sweep, _): places = sweep(body)
      case (.advise, .wide): places = adviseWide(body)
      case (.advise, _): places = adviseCompact(body, focus: focus)
      case (.run, _): places = single(body, screen: screen, focus: focus)
      }
    }
    return Layout(sizeClass: sizeClass, header: header, places: places, strip: strip, status: status, hints: hints)
  }

  /// The focused pane, and the others as lines: those before it above, those after it below.
  private static func single(_ body: Rect, screen: ScreenName, focus: Pane) -> [Place] {
    let panes = screen.panes
    let index = panes.firstIndex(of: focus) ?? 0
    // Many panes share lines, so that the focused one keeps its room.
    let each = panes.count > 6 ? 2 : 1
    let before = Array(panes[..<index])
    let after = Array(panes[(index + 1)...])
    func lines(_ panes: [Pane]) -> Int { (panes.count + each - 1) / each }
    let (upper, rest) = body.split(top: lines(before))
    let (open, lower) = rest.split(bottom: lines(after))
    return titles(before, in: upper, each: each) + [Place(pane: focus, rect: open, form: .open)]
      + titles(after, in: lower, each: each)
  }

  /// Titles in rows, so many beside each other; the last of a row takes what is left of it.
  private static func titles(_ panes: [Pane], in rect: Rect, each: Int) -> [Place] {
    panes.enumerated().map { position, pane in
      let column = position % each
      let x = rect.x + rect.width * column / each
      let isLast = column == each - 1 || position == panes.count - 1
      let right = isLast ? rect.right : rect.x + rect.width * (column + 1) / each
      return Place(
        pane: pane, rect: Rect(x: x, y: rect.y + position / each, width: right - x, height: 1), form: .title)
    }
  }
}

/// The arrangement of each screen's panes.
extension Layout {
  /// Setup, Modules and Parameters at the left; two charts over the runs at the right. Extra width goes to the right column
  /// but for a little, extra height to the charts and the runs.
  static func mainWide(_ body: Rect, focus: Pane) -> [Place] {
    let extra = body.width - 120
    let (left, right) = body.split(left: 36 + min(12, extra / 5))
    let setupHeight = 12
    let spare = body.height - 33
    // As high as the checklist of any base and what is said under it; the rest is the list's below, which fills it.
    let modulesHeight = spare >= 0 ? 10 + min(3, spare / 3) : 9
    let (setup, rest) = left.split(top: setupHeight)
    let (modules, parameters) = rest.split(top: modulesHeight)
    let chartsHeight = body.height >= 33 ? 18 + spare / 2 : max(13, body.height * 18 / 33)
    let (charts, runs) = right.split(top: chartsHeight)
    let (loss, scatter) = charts.split(left: (charts.width * 44 + 42) / 84)
    return [
      Place(pane: .setup, rect: setup, form: .open), Place(pane: .modules, rect: modules, form: .open),
      Place(pane: .parameters, rect: parameters, form: .open), Place(pane: .loss, rect: loss, form: .open),
      Place(pane: .scatter, rect: scatter, form: .open),
    ] + runsAndOverview(runs, in: body, focus: focus)
  }

  /// The table; beside it the selected run and its adapter's energy where both leave the table its columns, else over it while they have
  /// the focus.
  private static func runsAndOverview(_ runs: Rect, in body: Rect, focus: Pane) -> [Place] {
    guard runs.width >= 150, runs.height >= 18 else {
      return [Place(pane: .runs, rect: runs, form: .open)] + extra(in: body, focus: focus)
    }
    let (table, side) = runs.split(right: min(60, 46 + (runs.width - 150) / 4))
    let (overview, energy) = side.split(bottom: runs.height >= 26 ? 12 : max(6, runs.height - 12))
    return [
      Place(pane: .runs, rect: table, form: .open), Place(pane: .overview, rect: overview, form: .open),
      Place(pane: .energy, rect: energy, form: .open),
    ]
  }

  private static func extra(in body: Rect, focus: Pane) -> [Place] {
    guard focus.isExtra else { return [] }
    let width = min(focus == .energy ? 84 : 52, body.width)
    let height = min(focus == .energy ? 12 : 16, body.height)
    return [
      Place(pane: focus, rect: Rect(x: body.right - width, y: body.y, width: width, height: height), form: .overlay)
    ]
  }

  /// Modules and one chart over the runs; Setup and Parameters open over Modules while they have the focus.
  static func mainCompact(_ body: Rect, focus: Pane, chart: Pane) -> [Place] {
    let top = max(13, min(body.height - 8, body.height * 13 / 21))
    let (upper, runs) = body.split(top: top)
    let (modules, charts) = upper.split(left: 30 + min(10, (body.width - 80) / 4))
    let shown = focus == .loss || focus == .scatter ? focus : chart
    var places = [
      Place(pane: .modules, rect: modules, form: .open),
      Place(pane: shown == .scatter ? .scatter : .loss, rect: charts, form: .open),
      Place(pane: .runs, rect: runs, form: .open),
    ]
    if focus == .setup || focus == .parameters {
      let rect = Rect(x: body.x, y: body.y, width: min(38, body.width), height: min(body.height, upper.height + 2))
      places.append(Place(pane: focus, rect: rect, form: .overlay))
    }
    return places + extra(in: body, focus: focus)
  }

  /// The loss beside other charts; the energy over the samples, beside parameters and latency. Large screens have all charts at once.
  static func runWide(_ body: Rect, charts: RunCharts) -> [Place] {
    let isLarge = body.width >= 160 && body.height >= 42
    let (upper, lower) = body.split(top: isLarge ? body.height / 2 : max(12, body.height * 14 / 32))
    let (left, right) = upper.split(left: isLarge ? upper.width * 2 / 5 : upper.width / 2)
    let (over, under) = right.split(top: (right.height + 1) / 2)
    var places = [Place(pane: .runLoss, rect: left, form: .open)]
    func pair(_ first: Pane, _ second: Pane, _ one: Rect, _ other: Rect) {
      places.append(Place(pane: first, rect: one, form: .open))
      places.append(Place(pane: second, rect: other, form: .open))
    }
    if isLarge {
      let (gradient, rate) = over.split(left: over.width / 2)
      let (speed, memory) = under.split(left: under.width / 2)
      pair(.runGradient, .runRate, gradient, rate)
      pair(.runSpeed, .runMemory, speed, memory)
    } else {
      switch charts {
      case .gradientAndRate: pair(.runGradient, .runRate, over, under)
      case .speedAndMemory: pair(.runSpeed, .runMemory, over, under)
      case .latency: places.append(Place(pane: .runLatency, rect: right, form: .open))
      }
    }
    let (maps, facts) = lower.split(right: 48 + min(12, (body.width - 120) / 5))
    let (energy, samples) = maps.split(top: max(4, min(isLarge ? 14 : 11, lower.height - 5)))
    places.append(Place(pane: .runEnergy, rect: energy, form: .open))
    if isLarge {
      let (parameters, latency) = facts.split(top: max(12, facts.height * 3 / 5))
      pair(.runLatency, .runParameters, latency, parameters)
    } else {
      places.append(Place(pane: .runParameters, rect: facts, form: .open))
    }
    return places + [Place(pane: .runSamples, rect: samples, form: .open)]
  }

  static func sweep(_ body: Rect) -> [Place] {
    let options = body.width >= 104 ? 42 + min(10, (body.width - 104) / 6) : 30
    let (left, right) = body.split(right: options)
    let (upper, lower) = right.split(top: min(body.height - 4, max(16, body.height * 3 / 5)))
    return [
      Place(pane: .sweepCombinations, rect: left, form: .open), Place(pane: .sweepOptions, rect: upper, form: .open),
      Place(pane: .sweepData, rect: lower, form: .open),
    ]
  }

  /// The cards over the rules; findings and trade-offs side by side below.
  static func adviseWide(_ body: Rect) -> [Place] {
    let (cards, rest) = body.split(top: max(15, min(20, body.height * 15 / 33)))
    let (rules, lower) = rest.split(top: max(5, min(10, rest.height * 6 / 18)))
    let (findings, tradeoffs) = lower.split(left: body.width - 52 - min(8, (body.width - 120) / 6))
    return [
      Place(pane: .adviseCards, rect: cards, form: .open), Place(pane: .adviseRules, rect: rules, form: .open),
      Place(pane: .adviseFindings, rect: findings, form: .open),
      Place(pane: .adviseTradeoffs, rect: tradeoffs, form: .open),
    ]
  }

  /// The cards over one of the others: the focused one, the rules otherwise.
  static func adviseCompact(_ body: Rect, focus: Pane) -> [Place] {
    let below = focus == .adviseCards ? .adviseRules : focus
    let (cards, rest) = body.split(top: max(12, body.height * 12 / 21))
    var places = [Place(pane: .adviseCards, rect: cards, form: .open)]
    let others = ScreenName.advise.panes.filter { $0 != .adviseCards }
    var y = rest.y
    for pane in others {
      let height = pane == below ? rest.height - (others.count - 1) : 1
      places.append(
        Place(
          pane: pane, rect: Rect(x: rest.x, y: y, width: rest.width, height: height),
          form: pane == below ? .open : .title))
      y += height
    }
    return places
  }
}
