import Terminal

/// A line between panes that a person may move: the right edge of those before it and the left edge of those after it, or a bottom
/// edge and a top edge.
package struct Seam: Hashable, Sendable {
  package var isVertical: Bool
  /// First column or row after it.
  package var position: Int
  /// Rows of a vertical one, columns of another: from the first to one after the last.
  package var span: Range<Int>
  package var before: [Pane]
  package var after: [Pane]

  /// What its place is remembered by: the screen and the first panes at its sides.
  package func name(on screen: ScreenName) -> String {
    let first = before.first?.rawValue ?? ""
    let second = after.first?.rawValue ?? ""
    return "\(screen.rawValue) \(first)\(isVertical ? "|" : "/")\(second)"
  }

  /// On the borders of either side. The border of a pane above is a row's last one, its title is the row after.
  func contains(x: Int, y: Int) -> Bool {
    let (along, across) = isVertical ? (y, x) : (x, y)
    return span.contains(along) && (across == position || across == position - 1)
  }
}

extension Layout {
  /// No pane is made narrower or lower than this by a person.
  static let leastPane = (columns: 24, rows: 5)

  /// Where open panes lie side by side or above each other. Panes over others, and lines of titles, have none.
  package var seams: [Seam] {
    let open = places.filter { $0.form == .open }
    return seams(of: open, isVertical: true) + seams(of: open, isVertical: false)
  }

  /// The seam under the pointer.
  package func seam(x: Int, y: Int) -> Seam? {
    guard !places.contains(where: { $0.form == .overlay && $0.rect.contains(x: x, y: y) }) else { return nil }
    return seams.first { $0.contains(x: x, y: y) }
  }

  private func seams(of open: [Place], isVertical: Bool) -> [Seam] {
    func start(_ rect: Rect) -> Int { isVertical ? rect.x : rect.y }
    func end(_ rect: Rect) -> Int { isVertical ? rect.right : rect.bottom }
    func along(_ rect: Rect) -> Range<Int> { isVertical ? rect.y..<rect.bottom : rect.x..<rect.right }
    var seams: [Seam] = []
    for position in Set(open.map { start($0.rect) }).sorted() {
      // Panes at both sides that touch each other move together; others at the same place have a seam of their own.
      var groups: [(span: Range<Int>, before: [Pane], after: [Pane])] = []
      let sides =
        open.filter { end($0.rect) == position }.map { ($0, true) }
        + open.filter { start($0.rect) == position }.map { ($0, false) }
      for (place, isBefore) in sides.sorted(by: { along($0.0.rect).lowerBound < along($1.0.rect).lowerBound }) {
        let span = along(place.rect)
        if let last = groups.indices.last, groups[last].span.upperBound > span.lowerBound {
          groups[last].span = groups[last].span.lowerBound..<max(groups[last].span.upperBound, span.upperBound)
        } else {
          groups.append((span, [], []))
        }
        if isBefore {
          groups[groups.count - 1].before.append(place.pane)
        } else {
          groups[groups.count - 1].after.append(place.pane)
        }
      }
      seams += groups.filter { !$0.before.isEmpty && !$0.after.isEmpty }.map {
        Seam(isVertical: isVertical, position: position, span: $0.span, before: $0.before, after: $0.after)
      }
    }
    return seams
  }

  /// This layout with its seams where a person moved them, as far as every pane keeps its least size.
  package func moved(_ sizes: [String: Int], on screen: ScreenName) -> Layout {
    guard !sizes.isEmpty else { return self }
    var layout = self
    for seam in seams {
      guard let cells = sizes[seam.name(on: screen)], cells != 0 else { continue }
      layout.move(seam, by: cells)
    }
    return layout
  }

  private mutating func move(_ seam: Seam, by cells: Int) {
    func extent(_ pane: Pane) -> Int {
      guard let rect = places.first(where: { $0.pane == pane && $0.form == .open })?.rect else { return 0 }
      return seam.isVertical ? rect.width : rect.height
    }
    let least = seam.isVertical ? Self.leastPane.columns : Self.leastPane.rows
    let shrinking = cells < 0 ? seam.before : seam.after
    let room = (shrinking.map(extent).min() ?? 0) - least
    let step = max(0, min(abs(cells), room)) * (cells < 0 ? -1 : 1)
    guard step != 0 else { return }
    for index in places.indices where places[index].form == .open {
      let pane = places[index].pane
      if seam.before.contains(pane) {
        if seam.isVertical { places[index].rect.width += step } else { places[index].rect.height += step }
      } else if seam.after.contains(pane) {
        if seam.isVertical {
          places[index].rect.x += step
          places[index].rect.width -= step
        } else {
          places[index].rect.y += step
          places[index].rect.height -= step
        }
      }
    }
  }
}
