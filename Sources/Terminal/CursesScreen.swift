import CNcurses
import Foundation

/// The terminal through ncurses: staged with `wnoutrefresh`, one `doupdate` a frame, only changed cells.
///
/// Not `Sendable`: one thread owns it and makes every call. The terminal is given back by `close`, at exit, and by any signal but
/// SIGKILL. Keys are decoded here rather than by curses, so that pastes, mouse reports and signals come in one order.
public final class CursesScreen: Screen {
  public let characterSet: CharacterSet
  public let capabilities: TerminalCapabilities
  public var colorDepth: ColorDepth {
    didSet {
      colorDepth = min(colorDepth, capabilities.colorDepth)
      if colorDepth != oldValue {
        renditions.removeAll()
        invalidate()
      }
    }
  }
  public private(set) var size: ScreenSize

  private var handle: OpaquePointer?
  private let signalPipe: Int32
  private let modes: TerminalModes
  private var decoder: KeyDecoder
  private var keys: [Key] = []
  private var shown: Canvas?
  private var pictures = ShownPictures()
  private let showsPictures: Bool
  private var shownTheme: Theme?
  private var pairs = ColorPairs()
  private var renditions: [Style: CellAttributes] = [:]
  private var buffer: [cchar_t] = []
  private var mouseIsOn: Bool
  private var isSuspended = false
  private var isClosed = false

  private struct CellAttributes {
    var attributes: attr_t
    var pair: Int32
  }

  /// Takes the terminal.
  /// - Throws: `TerminalError` when standard input or output is no terminal, or cannot place a cursor.
  public init(options: ScreenOptions = ScreenOptions()) throws(TerminalError) {
    guard isatty(1) == 1 else { throw .notATerminal("standard output") }
    guard isatty(0) == 1 else { throw .notATerminal("standard input") }
    let environment = ProcessInfo.processInfo.environment
    let name = environment["TERM"] ?? ""
    // Only characters: numbers must not change with the locale.
    setlocale(LC_CTYPE, "")
    var status: Int32 = 0
    guard !name.isEmpty, setupterm(nil, 1, &status) == OK, status == 1 else { throw .unknownTerminal(name) }
    guard lorascope_capability("cup") != nil, lorascope_capability("clear") != nil else {
      throw .noCursorAddressing(name)
    }
    var saved = termios()
    tcgetattr(0, &saved)
    guard let handle = lorascope_newterm() else { throw .unknownTerminal(name) }
    self.handle = handle
    set_term(handle)
    raw()
    noecho()
    nonl()
    set_escdelay(25)
    curs_set(0)
    if has_colors() {
      start_color()
      use_default_colors()
    }
    leaveok(lorascope_stdscr(), true)

    capabilities = TerminalCapabilities(
      name: name, colors: has_colors() ? Int(lorascope_colors()) : 0, hasRGB: lorascope_has_capability("RGB") != 0,
      hasExtendedPairs: lorascope_has_extended_pairs() != 0 && lorascope_color_pairs() > 256,
      codeset: String(cString: nl_langinfo(Int32(CODESET))))
    colorDepth = capabilities.colorDepth(wish: options.color, noColor: environment["NO_COLOR"])
    characterSet = capabilities.characterSet(wish: options.characterSet) { Int(lorascope_width($0.value)) }
    modes = TerminalModes(name: name)
    showsPictures = options.graphics && colorDepth != .mono && KittyGraphics.isSpoken(environment)
    mouseIsOn = options.mouse
    decoder = KeyDecoder(sequences: KeySequences.ofTerminal())
    size = ScreenSize(columns: Int(getmaxx(lorascope_stdscr())), rows: Int(getmaxy(lorascope_stdscr())))

    SignalRelay.state.pointee.termios = saved
    SignalRelay.setRestore(modes.restore)
    guard let pipe = SignalRelay.start() else {
      endwin()
      throw .notATerminal("no file descriptor is left; standard input")
    }
    signalPipe = pipe
    SignalRelay.state.pointee.holdsTerminal = 1
    Self.giveBackAtExit()
    modes.enter(mouse: mouseIsOn)
  }

  deinit { close() }

  /// After a crash the trace is appended to this file, and no debugger's prompt stands in the terminal.
  public static func setCrashLog(_ path: String) { _ = SignalRelay.setCrashLog(path) }

  /// Told after a crash, once the terminal is back: where the log and the last checkpoint are.
  public static func setCrashNote(_ text: String) { SignalRelay.setNote(text.hasSuffix("\n") ? text : text + "\n") }

  private static let registration: Void = { atexit { SignalRelay.giveBack() } }()
  private static func giveBackAtExit() { _ = registration }

  // MARK: Drawing

  public func present(_ canvas: Canvas, theme: Theme) {
    // After a crash the terminal is given back, though this thread may still be running.
    guard !isClosed, !isSuspended, SignalRelay.state.pointee.holdsTerminal == 1 else { return }
    if shownTheme != theme {
      renditions.removeAll()
      shown = nil
      shownTheme = theme
    }
    var runs = CanvasDiff.runs(from: shown, to: canvas)
    let graphics =
      showsPictures ? pictures.change(to: canvas.uncoveredPictures, isErased: shown == nil) : ""
    if runs.isEmpty, graphics.isEmpty { return }
    let rows = size.rows
    let columns = size.columns
    if shown == nil { werase(lorascope_stdscr()) }
    pairs.clearWrap()
    for run in runs { stage(run, of: canvas, rows: rows, columns: columns, theme: theme) }
    if pairs.didWrap {
      // Pairs were numbered anew halfway: stage all of it with the new numbers.
      renditions.removeAll()
      clearok(lorascope_stdscr(), true)
      runs = CanvasDiff.runs(from: nil, to: canvas)
      for run in runs { stage(run, of: canvas, rows: rows, columns: columns, theme: theme) }
    }
    shown = canvas
    modes.beginFrame()
    wnoutrefresh(lorascope_stdscr())
    doupdate()
    modes.endFrame(graphics: graphics)
  }

  private func stage(_ run: CanvasDiff.Run, of canvas: Canvas, rows: Int, columns: Int, theme: Theme) {
    guard run.y < rows, run.x < columns else { return }
    buffer.removeAll(keepingCapacity: true)
    let end = min(run.x + run.count, columns, canvas.width)
    var x = run.x
    while x < end {
      let cell = canvas.cells[run.y * canvas.width + x]
      let look = attributes(of: cell.style, theme: theme)
      let isWide = x + 1 < canvas.width && canvas.cells[run.y * canvas.width + x + 1].scalar == Cell.continuation
      var scalar = cell.scalar
      if scalar == Cell.continuation { scalar = " " }
      let width = isWide ? 2 : 1
      // What this locale counts otherwise would shift the rest of the row.
      let isSafe = scalar.value < 0x7f || Int(lorascope_width(scalar.value)) == width
      if isWide && isSafe && scalar.value >= 0x80 && x + 1 < end {
        append(scalar, look)
        x += 2
        continue
      }
      append(isSafe && (!isWide || scalar.value < 0x80) ? scalar : "?", look)
      x += 1
    }
    _ = lorascope_put_cells(Int32(run.y), Int32(run.x), buffer, Int32(buffer.count))
  }

  private func append(_ scalar: Unicode.Scalar, _ look: CellAttributes) {
    var cell = cchar_t()
    _ = lorascope_set_cell(&cell, scalar.value, look.attributes, look.pair)
    buffer.append(cell)
  }

  private func attributes(of style: Style, theme: Theme) -> CellAttributes {
    if let known = renditions[style] { return known }
    let look = Rendition(style, theme: theme, depth: colorDepth)
    var attributes = attr_t(0)
    var isBold = look.bold
    var foreground = Int32(-1)
    if capabilities.colors < 16, case .indexed(let entry) = look.foreground, entry >= 8 {
      // Eight colours: bright ones are bold.
      foreground = Int32(entry - 8)
      isBold = true
    } else {
      foreground = Self.number(look.foreground)
    }
    var background = Self.number(look.background)
    if capabilities.colors < 16, background >= 8 { background -= 8 }
    if isBold { attributes |= lorascope_bold() }
    if look.dim { attributes |= lorascope_dim() }
    if look.underline { attributes |= lorascope_underline() }
    if look.reverse { attributes |= lorascope_reverse() }
    if look.italic { attributes |= lorascope_italic() }
    let pair = colorDepth == .mono ? 0 : pairs.number(foreground, background)
    let result = CellAttributes(attributes: attributes, pair: pair)
    renditions[style] = result
    return result
  }

  /// A colour as curses counts it. Terminals with direct colour read numbers below 8 as palette entries: those few become 8.
  private static func number(_ color: TerminalColor) -> Int32 {
    switch color {
    case .default: -1
    case .indexed(let entry): Int32(entry)
    case .rgb(let rgb): rgb.value == 0 ? 0 : Int32(max(8, rgb.value))
    }
  }

  public func invalidate() {
    guard !isClosed else { return }
    shown = nil
    clearok(lorascope_stdscr(), true)
  }

  // MARK: Keys

  public func nextKey(timeoutMilliseconds: Int) -> Key? {
    guard !isClosed else { return .hangup }
    let start = DispatchTime.now().uptimeNanoseconds
    while true {
      if !keys.isEmpty { return keys.removeFirst() }
      var wait = -1
      if timeoutMilliseconds >= 0 {
        let spent = Int((DispatchTime.now().uptimeNanoseconds - start) / 1_000_000)
        wait = max(0, timeoutMilliseconds - spent)
      }
      let isPending = decoder.isPending
      var descriptors = [
        pollfd(fd: 0, events: Int16(POLLIN), revents: 0), pollfd(fd: signalPipe, events: Int16(POLLIN), revents: 0),
      ]
      let escapeTime = 25
      let limit = isPending ? (wait < 0 ? escapeTime : min(wait, escapeTime)) : wait
      let ready = poll(&descriptors, 2, Int32(clamping: limit))
      if ready < 0 && errno != EINTR { return .hangup }
      if ready > 0 && descriptors[1].revents != 0 {
        if let key = readSignals() { return key }
      }
      if ready > 0 && descriptors[0].revents != 0 {
        guard readInput() else { return .hangup }
        continue
      }
      if isPending && ready == 0 && (wait < 0 || limit == escapeTime) { keys += decoder.flush() }
      if keys.isEmpty && wait == 0 && ready <= 0 { return nil }
    }
  }

  /// - Returns: false when the terminal is gone.
  private func readInput() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(0, &bytes, bytes.count)
    if count > 0 {
      keys += decoder.feed(bytes[0..<count])
      return true
    }
    return count < 0 && (errno == EINTR || errno == EAGAIN)
  }

  private func readSignals() -> Key? {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(signalPipe, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let letters = bytes[0..<count]
    if letters.contains(UInt8(ascii: "h")) { return .hangup }
    if letters.contains(UInt8(ascii: "t")) { return .signal(SIGTERM) }
    if letters.contains(UInt8(ascii: "i")) { return .signal(SIGINT) }
    if letters.contains(UInt8(ascii: "z")) {
      suspend()
      return .resumed
    }
    if letters.contains(UInt8(ascii: "c")) {
      // Stopped by someone else (SIGSTOP) and going on: the shell has used the terminal meanwhile.
      takeAgain()
      return .resumed
    }
    return letters.contains(UInt8(ascii: "w")) ? resize() : nil
  }

  /// Waits until the size has rested for 50 ms, then takes it over.
  private func resize() -> Key? {
    var descriptor = [pollfd(fd: signalPipe, events: Int16(POLLIN), revents: 0)]
    while poll(&descriptor, 1, 50) > 0 {
      var byte: UInt8 = 0
      guard read(signalPipe, &byte, 1) == 1 else { break }
      if byte != UInt8(ascii: "w") {
        // Another signal came: it is handled at the next call.
        _ = write(SignalRelay.state.pointee.pipeWrite, &byte, 1)
        break
      }
    }
    return updateSize() ? .resize : nil
  }

  private func updateSize() -> Bool {
    var rows: Int32 = 0
    var columns: Int32 = 0
    guard lorascope_window_size(1, &rows, &columns) != 0 else { return false }
    let now = ScreenSize(columns: Int(columns), rows: Int(rows))
    guard now != size else { return false }
    resizeterm(rows, columns)
    size = now
    invalidate()
    return true
  }

  // MARK: Life cycle

  public var cellPixels: CellPixels? {
    guard showsPictures, colorDepth != .mono else { return nil }
    var width: Int32 = 0
    var height: Int32 = 0
    guard lorascope_cell_pixels(1, &width, &height) != 0 else { return .usual }
    return CellPixels(width: Int(width), height: Int(height))
  }

  /// Before the terminal is someone else's.
  private func removePictures() {
    if showsPictures { modes.draw(graphics: pictures.change(to: [], isErased: false)) }
  }

  public func setMouse(_ on: Bool) {
    guard !isClosed, on != mouseIsOn else { return }
    mouseIsOn = on
    modes.setMouse(on)
  }

  public func copy(_ text: String) {
    guard !isClosed else { return }
    modes.copy(text)
  }

  public func ring() {
    guard !isClosed, !isSuspended else { return }
    modes.ring()
  }

  public func notify(_ text: String) {
    guard !isClosed, !isSuspended else { return }
    modes.notify(text)
  }

  public func suspend() {
    guard !isClosed, !isSuspended else { return }
    isSuspended = true
    removePictures()
    modes.leave()
    endwin()
    SignalRelay.state.pointee.holdsTerminal = 0
    SignalRelay.allowStop()
    raise(SIGTSTP)
    // Here after SIGCONT.
    SignalRelay.relayStop()
    resume()
  }

  public func resume() {
    guard !isClosed, isSuspended else { return }
    isSuspended = false
    takeAgain()
  }

  private func takeAgain() {
    // The relay's own note of going on is answered by this.
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = max(0, read(signalPipe, &bytes, bytes.count))
    for var byte in bytes[0..<count] where byte != UInt8(ascii: "c") && byte != UInt8(ascii: "w") {
      _ = write(SignalRelay.state.pointee.pipeWrite, &byte, 1)
    }
    SignalRelay.state.pointee.holdsTerminal = 1
    // After `endwin`, the next `doupdate` enters the alternate screen and the modes of curses again.
    if !isendwin() {
      modes.leave()
      endwin()
    }
    _ = updateSize()
    invalidate()
    wnoutrefresh(lorascope_stdscr())
    doupdate()
    modes.enter(mouse: mouseIsOn)
  }

  public func close() {
    guard !isClosed else { return }
    isClosed = true
    removePictures()
    modes.leave()
    if !isendwin() { endwin() }
    modes.finish()
    SignalRelay.state.pointee.holdsTerminal = 0
    SignalRelay.stop(readEnd: signalPipe)
    if let handle { delscreen(handle) }
    handle = nil
  }
}
