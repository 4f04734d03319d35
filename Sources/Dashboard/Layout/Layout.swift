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
    comparedRuns: Int = 3
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
    if screen == .run { (strip, body) = body.split(top: 1) }
    let focus = focus.screen == screen ? focus : screen.panes.first ?? focus
    let places: [Place]
    if isZoomed {
      places = [Place(pane: focus, rect: body, form: .open)]
    } else {
      switch (screen, sizeClass) {
      case (.log, _): places = [Place(pane: .log, rect: body, form: .open)]
      case (_, .single): places = single(body, screen: screen, focus: focus)
      case (.main, .wide): places = mainWide(body)
      case (.main, _): places = mainCompact(body, focus: focus, chart: mainChart)
      case (.compare, .wide): places = compareWide(body, runs: comparedRuns)
      case (.compare, _): places = compareCompact(body, focus: focus, runs: comparedRuns)
      case (.run, .wide): places = runWide(body)
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
    var places: [Place] = []
    var y = body.y
    for (position, pane) in panes.enumerated() {
      let height = position == index ? body.height - (panes.count - 1) : 1
      places.append(
        Place(
          pane: pane, rect: Rect(x: body.x, y: y, width: body.width, height: height),
          form: position == index ? .open : .title))
      y += height
    }
    return places
  }
}
