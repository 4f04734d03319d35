import Terminal

/// The arrangement of each screen's panes.
extension Layout {
  /// Setup, Modules and Parameters at the left; two charts over the runs at the right. Extra width goes to the right column
  /// but for a little, extra height to the charts and the runs.
  static func mainWide(_ body: Rect) -> [Place] {
    let extra = body.width - 120
    let (left, right) = body.split(left: 36 + min(12, extra / 5))
    let setupHeight = 12
    let spare = body.height - 33
    let modulesHeight = spare >= 0 ? 10 + min(7, spare / 3) : 9
    let (setup, rest) = left.split(top: setupHeight)
    let (modules, parameters) = rest.split(top: modulesHeight)
    let chartsHeight = body.height >= 33 ? 18 + spare / 2 : max(13, body.height * 18 / 33)
    let (charts, runs) = right.split(top: chartsHeight)
    let (loss, scatter) = charts.split(left: (charts.width * 44 + 42) / 84)
    return [
      Place(pane: .setup, rect: setup, form: .open), Place(pane: .modules, rect: modules, form: .open),
      Place(pane: .parameters, rect: parameters, form: .open), Place(pane: .loss, rect: loss, form: .open),
      Place(pane: .scatter, rect: scatter, form: .open), Place(pane: .runs, rect: runs, form: .open),
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
    return places
  }

  static func compareWide(_ body: Rect, runs: Int) -> [Place] {
    let resultsHeight = max(2, min(8, runs)) + 5
    let loss = max(10, min((body.height - resultsHeight) * 17 / 25, body.height - resultsHeight - 6))
    let (upper, rest) = body.split(top: loss)
    let (results, samples) = rest.split(top: resultsHeight)
    let (left, right) = upper.split(left: body.width * 70 / 120)
    return [
      Place(pane: .compareLoss, rect: left, form: .open), Place(pane: .compareSettings, rect: right, form: .open),
      Place(pane: .compareResults, rect: results, form: .open),
      Place(pane: .compareSamples, rect: samples, form: .open),
    ]
  }

  /// The results below, and one of the others above: the focused one, the curves otherwise.
  static func compareCompact(_ body: Rect, focus: Pane, runs: Int) -> [Place] {
    let (upper, results) = body.split(bottom: max(2, min(8, runs)) + 5)
    let above = focus == .compareResults ? .compareLoss : focus
    let others = ScreenName.compare.panes.filter { $0 != above && $0 != .compareResults }
    let (open, titles) = upper.split(bottom: others.count)
    var places = [Place(pane: above, rect: open, form: .open)]
    for (index, pane) in others.enumerated() { places.append(Place(pane: pane, rect: titles.row(index), form: .title)) }
    return places + [Place(pane: .compareResults, rect: results, form: .open)]
  }

  static func runWide(_ body: Rect) -> [Place] {
    let (upper, lower) = body.split(top: max(16, body.height * 16 / 32))
    let (left, right) = upper.split(left: body.width / 2)
    let (gradient, rate) = right.split(top: (right.height + 1) / 2)
    let (parameters, samples) = lower.split(left: 48 + min(12, (body.width - 120) / 5))
    return [
      Place(pane: .runLoss, rect: left, form: .open), Place(pane: .runGradient, rect: gradient, form: .open),
      Place(pane: .runRate, rect: rate, form: .open), Place(pane: .runParameters, rect: parameters, form: .open),
      Place(pane: .runSamples, rect: samples, form: .open),
    ]
  }

  static func sweep(_ body: Rect) -> [Place] {
    let options = body.width >= 104 ? 42 + min(10, (body.width - 104) / 6) : 30
    let (left, right) = body.split(right: options)
    let (upper, lower) = right.split(top: min(body.height - 4, max(13, body.height * 3 / 5)))
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
