import Dispatch
import Foundation
import Messages
import Terminal

/// The loop of the dashboard's thread: keys, answers and snapshots in, at most one frame out. Makes every call to the screen.
package final class DashboardLoop {
  private let screen: any Screen
  private let inbox: Inbox
  private let courier: Courier
  private let options: DashboardOptions
  private var theme: Theme
  /// The theme's file, which may be changed meanwhile; nil for the built-in one.
  private var themeFile: WatchedFile?
  private var lastLook = 0.0
  private var meter = MachineMeter()
  private var state: DashboardState
  private var needsFrame = true
  private var exit: ExitReason?
  private var lastFrame = 0.0
  /// When the oldest key that no frame has answered yet was read.
  private var keyRead: Double?
  private var latency = FrameLatency()
  private let memory = MemoryReturn()
  /// The theme that is shown at first, and the one that options and memory ask for.
  private let themeAtStart: String
  private var themeWanted: String?

  package init(screen: any Screen, theme: Theme, options: DashboardOptions, inbox: Inbox, courier: Courier) {
    self.screen = screen
    self.theme = theme
    themeAtStart = theme.name
    self.options = options
    self.inbox = inbox
    self.courier = courier
    state = DashboardState(
      size: screen.size, characterSet: screen.characterSet, colorDepth: screen.colorDepth, themeName: theme.name,
      themeNames: Theme.available(in: options.themeFolders).map(\.name), isReadOnly: options.readOnly)
    state.watches = options.watches
    state.adoptsNewest = options.adoptsNewest
    state.cellPixels = screen.cellPixels
    themeFile = Self.file(of: theme.name, options)
    start(options)
    state.utcOffset = TimeZone.current.secondsFromGMT()
    state.now = Date().timeIntervalSince1970
    if let first = options.faults.first {
      let more = options.faults.count > 1 ? "\(options.faults.count) faults, L and quit show all: " : ""
      state.say(more + first, .error)
      state.log.own = options.faults.map { Notice(level: .warning, text: $0, time: state.now) }
    }
  }

  /// Options as they were remembered; colours and the mouse are told to the screen.
  private func start(_ options: DashboardOptions) {
    var settings = options.configuration
    settings.theme = theme.name
    if let file = options.rememberedFile {
      let remembered = RememberedFile(reading: file)
      settings = remembered.applied(to: options.configuration)
      themeWanted = settings.theme
      settings.theme = theme.name
      state.sizes = remembered.sizes
      state.memory = remembered.memory
      state.rememberTable()
    }
    state.use(settings)
    if !settings.mouse { screen.setMouse(false) }
  }

  package func run() -> ExitReason {
    while true {
      if let key = screen.nextKey(timeoutMilliseconds: waitMilliseconds) {
        keyRead = keyRead ?? Self.now
        take(key)
        // What was typed meanwhile goes into the same frame.
        var more = 0
        while exit == nil, more < 256, let key = screen.nextKey(timeoutMilliseconds: 0) {
          take(key)
          more += 1
        }
      }
      for input in inbox.takeInputs() { apply(input) }
      if isFrameDue, let snapshot = inbox.takeSnapshot(),
        snapshot.version != state.snapshot.version || !state.hasSnapshot
      {
        apply(.snapshot(snapshot.settled(options.storeIsHeld)))
        memory.set(rests: snapshot.engine.isMeasuring)
      }
      if Self.now - lastLook >= 1 { lookAtTheme() }
      lookAtMachine()
      if let exit { return end(exit) }
      if needsFrame, keyRead != nil || isFrameDue { present() }
    }
  }

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

  /// 10 frames a second, or what a person asks for, while something changes, 1 while latency is being measured.
  private var frameInterval: Double {
    state.snapshot.engine.isMeasuring ? 1 : 1 / Double(max(1, state.options.refresh))
  }

  private var isFrameDue: Bool { Self.now - lastFrame >= frameInterval }

  private var waitMilliseconds: Int {
    if state.snapshot.engine.isMeasuring { return 500 }
    if inbox.isWaiting { return 15 }
    if needsFrame || inbox.hasSnapshot { return max(5, Int((lastFrame + frameInterval - Self.now) * 1000)) }
    return state.activeRuns.isEmpty ? 200 : 100
  }

  private func take(_ key: Key) {
    switch key {
    case .resize: apply(.resize(screen.size))
    case .resumed:
      screen.invalidate()
      apply(.resize(screen.size))
    case .focusGained, .focusLost: break
    default: apply(.key(key))
    }
  }

  private func apply(_ input: Input) {
    needsFrame = true
    if case .resize = input { state.cellPixels = screen.cellPixels }
    let now = Date().timeIntervalSince1970
    for effect in Update.apply(input, to: &state, at: now, keymap: options.keymap) {
      switch effect {
      case .send(let command): courier.send(command)
      case .ask(let question): courier.ask(question)
      case .read(let reading): courier.read(reading)
      case .setTheme(let name): setTheme(name)
      case .listThemes: listThemes()
      case .export(let document): export(document)
      case .setColorDepth(let depth):
        screen.colorDepth = depth
        state.cellPixels = screen.cellPixels
        apply(.colorDepth(screen.colorDepth))
      case .setMouse(let on): screen.setMouse(on)
      case .ring: screen.ring()
      case .notify(let text): screen.notify(text)
      case .copy(let text): screen.copy(text)
      case .redraw: screen.invalidate()
      case .suspend:
        screen.suspend()
        screen.invalidate()
        apply(.resize(screen.size))
      case .quit(let reason): exit = exit ?? reason
      }
    }
  }

  private func setTheme(_ name: String) {
    do {
      let entry = try ThemeFolder.theme(named: name, in: options.themeFolders)
      theme = entry.theme
      themeFile = entry.file.map { WatchedFile($0) }
      apply(.theme(name: theme.name, failure: nil))
    } catch {
      apply(.theme(name: name, failure: "\(error)"))
    }
  }

  private static func file(of theme: String, _ options: DashboardOptions) -> WatchedFile? {
    (try? ThemeFolder.theme(named: theme, in: options.themeFolders))?.file.map { WatchedFile($0) }
  }

  private func export(_ document: ExportDocument) {
    inbox.expectAnswer()
    let inbox = inbox
    let folder = FileManager.default.currentDirectoryPath
    var document = document
    document.theme = theme
    Task.detached(priority: .utility) { [document] in inbox.answer(.exported(document.write(to: folder))) }
  }

  private func listThemes() {
    var faults: [String] = []
    let names = ThemeFolder.contents(of: options.themeFolders) { faults.append("\($0)") }.map(\.theme.name)
    apply(.themes(names, faults: faults))
  }

  /// A theme that is being written shows as soon as its file is saved. Nothing is looked at while latency is measured.
  private func lookAtTheme() {
    lastLook = Self.now
    guard !state.snapshot.engine.isMeasuring, themeFile?.hasChanged() == true, let file = themeFile?.url else { return }
    do {
      theme = try Theme.load(from: file)
      screen.invalidate()
      apply(.themeChanged(failure: nil))
    } catch {
      apply(.themeChanged(failure: "\(error)"))
    }
  }

  /// Only while runs are under way: at rest nothing is read and nothing drawn.
  private func lookAtMachine() {
    // Nothing is read or drawn beside a measurement of TPOT.
    guard !state.snapshot.engine.isMeasuring else { return }
    guard state.options.machine, !state.activeRuns.isEmpty, state.snapshot.engine.replay == nil else {
      meter.rest()
      if state.machine != nil { apply(.machine(nil)) }
      return
    }
    if let status = meter.look(now: Self.now), status.text != state.machine?.text { apply(.machine(status)) }
  }

  private func present() {
    screen.present(Render.screen(state, keymap: options.keymap), theme: theme)
    let now = Self.now
    if let keyRead { latency.add(milliseconds: (now - keyRead) * 1000) }
    keyRead = nil
    lastFrame = now
    needsFrame = false
  }

  private func end(_ reason: ExitReason) -> ExitReason {
    screen.close()
    if let file = options.rememberedFile {
      var last = state
      // A theme that the command line asked for, or that stood in for a broken one, was not chosen.
      if let themeWanted, last.themeName == theme.name, theme.name == themeAtStart { last.themeName = themeWanted }
      RememberedFile(state: last, configuration: options.configuration).write(to: file)
    }
    let file =
      options.frameLatencyFile
      ?? ProcessInfo.processInfo.environment["LORASCOPE_FRAME_LATENCY"].map { URL(fileURLWithPath: $0) }
    if let file, latency.count > 0 { try? latency.report.write(to: file, atomically: true, encoding: .utf8) }
    return reason
  }
}

/// Times from reading a key to the end of its frame's write, in buckets of a tenth of a millisecond.
package struct FrameLatency: Sendable {
  private static let bucketsPerMillisecond = 10.0
  private var buckets = [Int](repeating: 0, count: 20_000)
  package private(set) var count = 0
  private var sum = 0.0
  package private(set) var most = 0.0

  package init() {}

  package mutating func add(milliseconds: Double) {
    guard milliseconds >= 0, milliseconds.isFinite else { return }
    let index = min(buckets.count - 1, Int(milliseconds * Self.bucketsPerMillisecond))
    buckets[index] += 1
    count += 1
    sum += milliseconds
    most = max(most, milliseconds)
  }

  /// Upper edge of the bucket that holds this share of the frames, milliseconds.
  package func percentile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for (index, bucket) in buckets.enumerated() {
      seen += bucket
      if seen >= wanted { return min(most, Double(index + 1) / Self.bucketsPerMillisecond) }
    }
    return most
  }

  /// One JSON object.
  package var report: String {
    func number(_ value: Double) -> String { String(format: "%.2f", value) }
    let mean = count > 0 ? sum / Double(count) : 0
    return
      "{\"frames\": \(count), \"mean_ms\": \(number(mean)), \"p50_ms\": \(number(percentile(0.5))), "
      + "\"p95_ms\": \(number(percentile(0.95))), \"p99_ms\": \(number(percentile(0.99))), \"max_ms\": \(number(most))}\n"
  }
}
