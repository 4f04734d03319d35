import Messages
import Recipe
import Terminal

/// What a base's first gradients say of its modules: an overlay.
package struct ProbeView: Sendable, Equatable {
  package var request: ProbeRequest
  package var answer: Asked<ProbeRequest, ProbeResult>
  /// Of the answer.
  package private(set) var order: ProbeOrder?
  package var isOpen = true
  /// The first place of the order that is shown.
  package var top = 0

  package init(_ request: ProbeRequest) {
    self.request = request
    answer = Asked(request)
  }

  /// Of the present setup; nil where model or data are missing.
  package static func request(_ state: DashboardState) -> ProbeRequest? {
    guard let model = state.snapshot.model?.reference, let data = state.snapshot.data?.reference else { return nil }
    var settings = state.setup.settings
    settings.seed = state.setup.seeds.first ?? settings.seed
    return ProbeRequest(model: model, data: data, settings: settings)
  }

  package mutating func take(_ reply: Reply, to request: ProbeRequest) {
    guard answer.take(reply, to: request, \.probe) else { return }
    order = answer.value.map { ProbeOrder($0) }
  }
}

/// The overlay of the probe.
extension Update {
  /// Shows what was found for this setup, or begins to look.
  mutating func openProbe() {
    guard let request = ProbeView.request(state) else { return }
    if state.probe?.request == request, state.probe?.answer.refusal == nil {
      state.probe?.isOpen = true
    } else {
      lookAnew(request)
    }
  }

  private mutating func lookAnew(_ request: ProbeRequest) {
    state.probe = ProbeView(request)
    effects.append(.ask(.probe(request)))
  }

  mutating func pressInProbe(_ key: Key) {
    guard var probe = state.probe else { return }
    switch key {
    case .escape, .character("q"), .enter:
      probe.isOpen = false
      // What nobody waits for is stopped.
      if probe.answer.value == nil {
        state.probe = nil
        if probe.answer.refusal == nil { send(.stopProbe) }
        return
      }
    case .character("r"):
      guard probe.answer.value != nil || probe.answer.refusal != nil, let request = ProbeView.request(state) else {
        return
      }
      if let reason = SetupBindings.cannotLook(state) { return state.say("r: \(reason)", .warning) }
      return lookAnew(request)
    case .character("j"), .down: probe.top += 1
    case .character("k"), .up: probe.top -= 1
    case .pageDown, .control("f"), .space: probe.top += 5
    case .pageUp, .control("b"): probe.top -= 5
    case .character("g"), .home: probe.top = 0
    case .character("G"), .end: probe.top = Int.max / 2
    default: return
    }
    probe.top = min(max(0, probe.top), max(0, (probe.order?.entries.count ?? 0) - 1))
    state.probe = probe
  }
}

/// Layers by modules, the groups' totals, and the order of the combinations.
package enum ProbeBox {
  package static func draw(_ probe: ProbeView, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let width = min(rect.width - 4, 110)
    let box = Rect(x: rect.x + (rect.width - width) / 2, y: rect.y + 2, width: width, height: rect.height - 4)
    canvas.fill(box)
    canvas.frame(
      box, title: "Probe of \(probe.request.model.displayName) on \(probe.request.data.displayName)",
      footer: "j k scroll  r again", footerRight: "Esc close", heavy: true, glyphs: state.glyphs)
    let inner = box.inset(2, 1)
    if let refusal = probe.answer.refusal { return canvas.paragraph(refusal, in: inner, style: Style(.bad)) }
    guard let result = probe.answer.value, let order = probe.order else {
      return wait(state.snapshot.engine.probe, state, in: inner, on: &canvas)
    }
    let y = heatmap(result, state, in: inner, on: &canvas)
    if y < inner.bottom { canvas.rule(inner, y: y, glyphs: state.glyphs) }
    let rest = Rect(x: inner.x, y: y + 1, width: inner.width, height: max(0, inner.bottom - y - 2))
    let (left, right) = rest.split(left: min(35, rest.width / 2))
    groups(result, in: left, on: &canvas)
    places(order, lone: result.loneMeasurement, top: probe.top, state, in: right, on: &canvas)
    canvas.put(
      inner.width < 96
        ? "Speed at first only: a set always stands before its parts."
        : "Energy is speed at first only: a set always stands before its parts, whichever ends better.", x: inner.x,
      y: inner.bottom - 1, style: .dim, maxWidth: inner.width)
  }

  private static func wait(
    _ progress: ProbeProgress?, _ state: DashboardState, in inner: Rect, on canvas: inout Canvas
  ) {
    canvas.put(progress?.words ?? "waiting for the engine", x: inner.x, y: inner.y, style: Style(.live))
    if let progress, progress.phase != .reading {
      let columns = min(40, inner.width - 6)
      canvas.put(
        Bar.text(progress.fraction, columns: columns, glyphs: state.glyphs), x: inner.x, y: inner.y + 1,
        style: Style(.live))
      canvas.put(NumberFormat.percent(progress.fraction), x: inner.x + columns + 1, y: inner.y + 1, style: .dim)
    }
    canvas.put("nothing trains meanwhile; Esc stops it", x: inner.x, y: inner.y + 3, style: .dim)
  }

  /// - Returns: the first row below it.
  private static func heatmap(
    _ result: ProbeResult, _ state: DashboardState, in inner: Rect, on canvas: inout Canvas
  ) -> Int {
    let model = HeatmapModel(result)
    let rows = min(model.rows.count + 2, max(4, inner.height - 8))
    let map = Rect(x: inner.x, y: inner.y + 1, width: inner.width, height: rows)
    let report = Heatmap.draw(model, in: map, on: &canvas, glyphs: state.glyphs)
    canvas.put(
      "gradient energy at B = 0 by layer" + (report.joined > 1 ? ", \(report.joined) layers a column" : "")
        + "; loss \(NumberFormat.fixed(result.loss, 3)), \(result.batches) batches, \(result.starts) starts",
      x: inner.x, y: inner.y, style: .dim, maxWidth: inner.width)
    return map.bottom
  }

  private static func groups(_ result: ProbeResult, in area: Rect, on canvas: inout Canvas) {
    let whole = result.spread(of: result.linears.all).mean
    var lines = [[Span("group".padded(toColumns: 8) + "share  NFN    TPOT %", .dim)]]
    for group in result.linears.groups {
      let share = whole > 0 ? result.spread(of: group.set).mean / whole : 0
      let score = result.featureScore(of: group.set).map { NumberFormat.fixed($0, 2) } ?? "?"
      lines.append([
        Span(group.rawValue.padded(toColumns: 8), .title),
        Span(NumberFormat.percent(share).padded(toColumns: 5, right: true) + "  ", .plain),
        Span(score.padded(toColumns: 7), .plain), Span(overhead(result.overhead(of: group.set)), .plain),
      ])
    }
    if let costs = result.costs {
      lines.append([
        Span("all".padded(toColumns: 22), .dim), Span(overhead(costs.all), .plain),
      ])
      if CoreUse.isBusy(costs.coreShare) { lines.append([Span("TPOT: the machine was busy", Style(.warn))]) }
    }
    for (offset, line) in lines.prefix(area.height).enumerated() {
      canvas.put(line, x: area.x, y: area.y + offset, maxWidth: area.width - 1)
    }
  }

  private static func places(
    _ order: ProbeOrder, lone: String?, top: Int, _ state: DashboardState, in area: Rect, on canvas: inout Canvas
  ) {
    guard area.height > 0 else { return }
    canvas.put(
      "   " + "set".padded(toColumns: 7) + "energy".padded(toColumns: 9) + "TPOT %".padded(toColumns: 13)
        + (lone.map { "nothing told: \($0)" } ?? "not told from"), x: area.x, y: area.y, style: .dim,
      maxWidth: area.width)
    let rows = area.height - 1
    let first = min(top, max(0, order.entries.count - rows))
    for (offset, entry) in order.entries.dropFirst(first).prefix(rows).enumerated() {
      let place = "\(first + offset + 1)".padded(toColumns: 2, right: true)
      let others =
        lone != nil ? "" : entry.notTold.map { $0.code ?? $0.label }.joined(separator: " ")
      canvas.put(
        [
          Span(place + " ", .dim), Span(state.code(entry.targets).padded(toColumns: 7), .title),
          Span(NumberFormat.short(entry.energy.mean).padded(toColumns: 9), .plain),
          Span(overhead(entry.overheadPercent).padded(toColumns: 13), .plain), Span(others, Style(.warn)),
        ], x: area.x, y: area.y + 1 + offset, maxWidth: area.width)
    }
  }

  private static func overhead(_ interval: Interval?) -> String {
    guard let interval else { return "not measured" }
    return interval.text(signed: true)
  }
}
