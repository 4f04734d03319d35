import Messages
import Terminal

/// The browser for model folders and data files: an overlay that takes all keys, and in which typing filters.
package struct BrowserView: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package enum Place: Sendable { case recent, parent, here }

    package var place: Place
    package var entry: FolderListing.Entry
  }

  package var purpose: FolderListing.Purpose
  /// Nil until the first answer.
  package var listing: FolderListing?
  /// The folder that was asked for last.
  package var asked: String?
  /// An answer is under way. Keys that are pressed meanwhile wait for it: they are meant for what it brings.
  package var isWaiting = false
  package var waiting: [Key] = []
  package var filter = ""
  package var selected = 0
  package var refusal: String?

  package init(_ purpose: FolderListing.Purpose) { self.purpose = purpose }

  /// Rows from top to bottom: what was used lately, the folder above, the folder's own; with a filter only what fits it, best first.
  package var rows: [Row] {
    guard let listing else { return [] }
    // Who has gone somewhere looks for what is there.
    let recent = asked == nil ? listing.recent.map { Row(place: .recent, entry: $0) } : []
    let here = listing.entries.map { Row(place: .here, entry: $0) }
    guard !filter.isEmpty else {
      let parent = listing.parent.map {
        Row(place: .parent, entry: FolderListing.Entry(name: "..", path: $0, kind: .folder))
      }
      return recent + (parent.map { [$0] } ?? []) + here.filter { !$0.entry.name.hasPrefix(".") }
    }
    let word = filter.lowercased()
    let hits = (here + recent).filter { $0.entry.name.lowercased().contains(word) }
    return hits.filter { $0.entry.name.lowercased().hasPrefix(word) }
      + hits.filter { !$0.entry.name.lowercased().hasPrefix(word) }
  }

  package var row: Row? { rows.indices.contains(selected) ? rows[selected] : nil }

  package mutating func take(_ listing: FolderListing) {
    self.listing = listing
    refusal = nil
    filter = ""
    selected = 0
    if let named = listing.named, let index = rows.firstIndex(where: { $0.place == .here && $0.entry.name == named }) {
      selected = index
    } else if rows.count > 1, rows[0].place == .parent {
      selected = 1
    }
  }
}

/// The browser for model folders and data files: it takes every key, and what is typed filters.
extension Update {
  mutating func browse(_ purpose: FolderListing.Purpose) {
    state.browser = BrowserView(purpose)
    ask(nil)
  }

  mutating func pressInBrowser(_ key: Key) {
    guard var browser = state.browser else { return }
    if browser.isWaiting, key != .escape {
      state.browser?.waiting.append(key)
      return
    }
    let count = browser.rows.count
    switch key {
    case .escape:
      if browser.filter.isEmpty || browser.isWaiting {
        state.browser = nil
        return
      }
      browser.filter = ""
      browser.selected = 0
    case .up, .control("p"): browser.selected -= 1
    case .down, .control("n"): browser.selected += 1
    case .pageUp, .control("b"): browser.selected -= 10
    case .pageDown, .control("f"): browser.selected += 10
    case .mouse(let event) where event.action == .wheelUp: browser.selected -= 1
    case .mouse(let event) where event.action == .wheelDown: browser.selected += 1
    case .home: browser.selected = 0
    case .end: browser.selected = count - 1
    case .enter: return choose(browser)
    case .right: if let row = browser.row, row.entry.kind != .data { return ask(row.entry.path) }
    case .left: if let parent = browser.listing?.parent { return ask(parent) }
    case .backspace:
      if browser.filter.isEmpty, let parent = browser.listing?.parent { return ask(parent) }
      browser.filter = String(browser.filter.dropLast())
      browser.selected = 0
    case .control("u"), .control("w"):
      browser.filter = ""
      browser.selected = 0
    case .tab: return complete(browser)
    case .character("~") where browser.filter.isEmpty: return ask("~")
    case .character("/"): return enterTyped(browser)
    case .character(let character):
      browser.filter.append(character)
      browser.selected = 0
    case .paste(let text): return ask(text.trimmed)
    default: return
    }
    browser.selected = min(max(0, browser.selected), max(0, browser.rows.count - 1))
    browser.refusal = nil
    state.browser = browser
  }

  mutating func take(_ reply: Reply, purpose: FolderListing.Purpose, folder: String?) {
    guard var browser = state.browser, browser.purpose == purpose, browser.asked == folder else { return }
    var keys = browser.waiting
    browser.isWaiting = false
    browser.waiting = []
    if case .listing(let listing) = reply {
      browser.take(listing)
    } else if case .refused(let refusal) = reply {
      browser.refusal = refusal.line
      // They were meant for a folder that is not there.
      keys = []
    }
    state.browser = browser
    for key in keys where state.preview == nil { pressInBrowser(key) }
  }

  private mutating func ask(_ folder: String?) {
    guard let browser = state.browser else { return }
    state.browser?.asked = folder
    state.browser?.isWaiting = true
    effects.append(.ask(.browse(browser.purpose, folder: folder)))
  }

  private mutating func choose(_ browser: BrowserView) {
    guard let row = browser.row else { return }
    switch row.entry.kind {
    case .folder: ask(row.entry.path)
    case .model:
      state.browser = nil
      send(.selectModel(.folder(path: row.entry.path)))
    case .data:
      // A tenth is held out, so that a run has a score of its own.
      preview(row.entry.published ?? .file(path: row.entry.path, evaluation: .share(0.1)), isCandidate: true)
    }
  }

  /// Tab: as much as all that fit have in common; the only folder that fits is entered.
  private mutating func complete(_ browser: BrowserView) {
    let names = browser.rows.filter { $0.place == .here }.map(\.entry.name)
    let fitting = names.filter { $0.lowercased().hasPrefix(browser.filter.lowercased()) }
    guard let first = fitting.first else { return }
    if fitting.count == 1, let entry = browser.listing?.entries.first(where: { $0.name == first }) {
      if entry.kind == .folder { return ask(entry.path) }
    }
    state.browser?.filter = fitting.reduce(first) { $0.commonPrefix(with: $1, options: .caseInsensitive) }
    state.browser?.selected = 0
  }

  /// `/` after a folder's name goes into it; as the first character it goes to the root.
  private mutating func enterTyped(_ browser: BrowserView) {
    if browser.filter.isEmpty { return ask("/") }
    if browser.filter == "..", let parent = browser.listing?.parent { return ask(parent) }
    let folders = browser.listing?.entries.filter { $0.kind != .data } ?? []
    let word = browser.filter.lowercased()
    let hit =
      folders.first { $0.name == browser.filter } ?? folders.first { $0.name.lowercased() == word }
      ?? folders.first { $0.name.lowercased().hasPrefix(word) }
    guard let hit else {
      state.browser?.refusal = "no folder here begins with \(browser.filter)"
      return
    }
    ask(hit.path)
  }
}

/// The browser over the screen.
package enum BrowserBox {
  package static func draw(_ browser: BrowserView, _ state: DashboardState, in rect: Rect, on canvas: inout Canvas) {
    let glyphs = state.glyphs
    let width = min(rect.width - 4, 88)
    let height = min(rect.height - 4, 26)
    let box = Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + (rect.height - height) / 2, width: width, height: height)
    canvas.fill(box)
    let title = browser.purpose == .model ? "Base model: a Hugging Face folder" : "Data: a JSONL, JSON or CSV file"
    let rows = browser.rows
    canvas.frame(
      box, title: title, titleRight: "type to filter, ~ home, / root",
      footer: browser.listing?.isCut == true ? "the folder holds more than is listed" : nil,
      footerRight: rows.isEmpty ? nil : "\(min(browser.selected + 1, rows.count))/\(rows.count)", heavy: true,
      glyphs: glyphs)
    let inner = box.inset(2, 1)
    let path = Path.abbreviated(browser.listing?.path ?? browser.asked ?? "")
    let shown = path.hasSuffix("/") ? path : path + "/"
    var x = inner.x
    let room = inner.width - CharacterWidth.columns(browser.filter) - 2
    let cut = shown.count > room && room > 1 ? String(glyphs.ellipsis) + shown.suffix(room - 1) : shown
    x += canvas.put(cut, x: x, y: inner.y, style: .dim)
    x += canvas.put(browser.filter, x: x, y: inner.y, style: Style(.fg, bold: true), maxWidth: inner.right - x - 1)
    if x < inner.right {
      var cursor = Style.plain
      cursor.reverse = true
      canvas.put(" ", x: x, y: inner.y, style: cursor)
    }
    canvas.rule(inner, y: inner.y + 1, glyphs: glyphs)
    let list = Rect(x: inner.x, y: inner.y + 2, width: inner.width, height: inner.height - 2)
    if let refusal = browser.refusal {
      canvas.paragraph(refusal, in: list, style: Style(.bad))
      return
    }
    guard !rows.isEmpty else {
      let message = browser.listing == nil ? "reading" : browser.filter.isEmpty ? "nothing here" : "nothing fits"
      canvas.put(message, x: list.x, y: list.y, style: .dim)
      return
    }
    let top = scrollTop(selected: browser.selected, rows: list.height, count: rows.count)
    for (offset, row) in rows.dropFirst(top).prefix(list.height).enumerated() {
      let isCursor = top + offset == browser.selected
      draw(row, isCursor: isCursor, state, y: list.y + offset, in: list, on: &canvas)
    }
  }

  /// Where something used lately lies: `~/d/train.jsonl`, or `fincot:~/d/fincot` for a published data set, as the verbs take it.
  private static func place(_ entry: FolderListing.Entry) -> String {
    let path = Path.abbreviated(entry.path)
    guard case .published(let name, _, _) = entry.published else { return path }
    return "\(name):\(path)"
  }

  private static func draw(
    _ row: BrowserView.Row, isCursor: Bool, _ state: DashboardState, y: Int, in list: Rect, on canvas: inout Canvas
  ) {
    let glyphs = state.glyphs
    func shade(_ style: Style) -> Style { isCursor ? style.selected : style }
    if isCursor {
      canvas.fill(Rect(x: list.x - 1, y: y, width: list.width + 2, height: 1), " ", Style.plain.selected)
      canvas.put(String(glyphs.pointer), x: list.x - 1, y: y, style: shade(Style(.focus)))
    }
    let entry = row.entry
    let isChoice = entry.kind != .folder
    canvas.put(isChoice ? String(glyphs.front) : " ", x: list.x + 1, y: y, style: shade(Style(.ok)))
    let name = row.place == .recent ? place(entry) : entry.name + (entry.kind == .data ? "" : "/")
    let note = row.place == .recent ? "used lately" + (entry.note.isEmpty ? "" : ", " + entry.note) : entry.note
    let noteWidth = CharacterWidth.columns(note)
    let room = list.width - 3 - (noteWidth > 0 ? noteWidth + 2 : 0)
    canvas.put(
      name.truncated(toColumns: max(8, room), ellipsis: glyphs.ellipsis), x: list.x + 3, y: y,
      style: shade(isChoice ? Style(.fg, bold: true) : .plain))
    if noteWidth > 0, room >= 8 { canvas.put(note, endingAt: list.right, y: y, style: shade(.dim)) }
  }
}
