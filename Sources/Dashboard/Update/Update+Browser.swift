import Messages
import Terminal

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
