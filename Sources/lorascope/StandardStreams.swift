import Foundation
import Recipe
import Synchronization
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The process's own standard streams: the one place where anything is written to them, or read.
///
/// A stream that is full, closed or broken never ends training and is never taken for success. Standard error is decoration: what
/// cannot be written there is dropped. What is lost on standard output is remembered, and ends the command with 74 once all else
/// is done. A pipe that nobody reads any more (`runs list | head -1`) ends a verb that only reads at once and quietly, with 141,
/// as SIGPIPE would; a verb that trains or writes files finishes first.
enum StandardStreams {
  /// What a shell reports of a program that SIGPIPE has ended.
  private static let brokenPipe: Int32 = 128 + SIGPIPE

  private struct State {
    /// Why standard output took no more, an error number.
    var lost: Int32?
    /// The verb has more to do than to print.
    var finishesFirst = false
    /// A progress line without its line end stands on the terminal.
    var isLineOpen = false
  }

  private static let state = Mutex(State())

  /// Call before anything is opened.
  static func prepare() {
    // A file must never get the number of a standard stream, or a message would land in the store. The opposite direction makes
    // each use of the missing stream fail as it should.
    for (descriptor, direction) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      let opened = open("/dev/null", direction)
      if opened >= 0, opened != descriptor {
        _ = dup2(opened, descriptor)
        close(opened)
      }
    }
    signal(SIGPIPE, SIG_IGN)
    // Swift's backtracer takes this one for a crash, and many seconds for its trace; a person has pressed Ctrl-\\.
    if !isIgnored(SIGQUIT) { signal(SIGQUIT, SIG_DFL) }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    let before = signal(number, SIG_DFL)
    let isIgnored = unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    if isIgnored { signal(number, SIG_IGN) }
    return isIgnored
  }

  /// The verb trains, or writes files: it goes on when nobody reads its output.
  static func finishFirst() { state.withLock { $0.finishesFirst = true } }

  // MARK: Standard output

  /// Text for a person, with what strangers have put into it made harmless.
  static func show(_ text: String) { write(OneLine.lines(text)) }

  /// Text that another program may read: byte for byte, unless it is shown on a terminal.
  static func writeExact(_ text: String) { write(isatty(STDOUT_FILENO) == 1 ? OneLine.lines(text) : text) }

  static func write(_ text: String) { write(Array(text.utf8)) }

  static func write(_ bytes: [UInt8]) {
    clearLine()
    guard state.withLock({ $0.lost }) == nil, let code = put(bytes, to: STDOUT_FILENO, patience: -1) else { return }
    let finishesFirst = state.withLock { state in
      state.lost = code
      return state.finishesFirst
    }
    if code == EPIPE, !finishesFirst { exit(brokenPipe) }
  }

  /// - Throws: `CommandError` where something that was printed is lost.
  static func finish() throws {
    guard let code = state.withLock({ $0.lost }) else { return }
    throw CommandError("cannot write to standard output: \(String(cString: strerror(code)))", status: 74)
  }

  /// Of the terminal that standard output is shown on; nil where it goes elsewhere.
  static var columns: Int? { columns(of: STDOUT_FILENO) }

  fileprivate static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : nil
  }

  // MARK: Standard error

  /// One line that stays.
  static func note(_ line: String) {
    clearLine()
    _ = put(Array((OneLine.text(line) + "\n").utf8), to: STDERR_FILENO, patience: 1000)
  }

  /// Several lines, such as help.
  static func noteLines(_ text: String) {
    clearLine()
    _ = put(Array((OneLine.lines(text) + "\n").utf8), to: STDERR_FILENO, patience: 1000)
  }

  /// A line that the next one replaces; only for a terminal.
  static func redraw(_ line: String) {
    state.withLock { $0.isLineOpen = true }
    _ = put(Array(("\r\u{1B}[K" + line).utf8), to: STDERR_FILENO, patience: 100)
  }

  /// Takes the redrawn line away, so that what follows starts on a line of its own.
  static func clearLine() {
    let isOpen = state.withLock { state in
      defer { state.isLineOpen = false }
      return state.isLineOpen
    }
    if isOpen { _ = put(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO, patience: 100) }
  }

  // MARK: Standard input

  /// All of standard input.
  ///
  /// - Parameter limit: bytes; a device without an end must not take the machine's memory.
  static func read(limit: Int = 256 << 20) throws -> [UInt8] {
    try read(STDIN_FILENO, "standard input", limit: limit)
  }

  /// The same as text.
  static func readText(limit: Int = 256 << 20) throws -> String {
    let bytes = try read(limit: limit)
    if let offset = UTF8Validation.firstInvalidOffset(bytes) {
      throw CommandError("standard input is not UTF-8 (first bad byte at offset \(offset))", status: 65)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// All of a small file that a verb takes, pipes included.
  static func contents(of path: String, limit: Int = 64 << 20) throws -> [UInt8] {
    let descriptor = open(Paths.absolute(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandError("cannot read '\(path)': \(String(cString: strerror(errno)))", status: 66)
    }
    defer { close(descriptor) }
    return try read(descriptor, "'\(path)'", limit: limit)
  }

  private static func read(_ descriptor: Int32, _ name: String, limit: Int) throws -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count == 0 { return result }
      if count > 0 {
        guard result.count + count <= limit else {
          throw CommandError(
            "\(name) has more than \(limit >> 20) MB; give it in parts (or is it a device without an end?)", status: 65)
        }
        result.append(contentsOf: chunk[..<count])
      } else if errno == EAGAIN {
        wait(for: descriptor, POLLIN, milliseconds: -1)
      } else if errno != EINTR {
        throw CommandError("cannot read \(name): \(String(cString: strerror(errno)))", status: 74)
      }
    }
  }

  // MARK: System calls

  /// - Parameter patience: milliseconds for which a stream that does not block may take nothing; under 0 for ever.
  /// - Returns: nil, or why not everything was taken.
  private static func put(_ bytes: [UInt8], to descriptor: Int32, patience: Int32) -> Int32? {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Foundation.write(
          descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 30))
        if count > 0 {
          done += count
          continue
        }
        let code = count == 0 ? EIO : errno
        if code == EINTR { continue }
        guard code == EAGAIN, wait(for: descriptor, POLLOUT, milliseconds: patience) else { return code }
      }
      return nil
    }
  }

  /// False when the time is over.
  @discardableResult
  private static func wait(for descriptor: Int32, _ event: Int32, milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    while true {
      let ready = poll(&entry, 1, milliseconds)
      if ready > 0 { return true }
      if ready == 0 || errno != EINTR { return false }
    }
  }
}

/// In this program `print` is for persons to read: it cannot trap, and nothing that it prints can command a terminal.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
  StandardStreams.show(items.map { "\($0)" }.joined(separator: separator) + terminator)
}

/// Progress on standard error: a line that is redrawn on a terminal, a plain line now and then elsewhere.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastText = ""
  private var lastTime = -Double.infinity

  /// - Parameters:
  ///   - fraction: done, 0 to 1; nil draws no bar.
  ///   - detail: rate, time left, loss and so on.
  func show(_ label: String, fraction: Double?, detail: String) {
    let now = ProcessInfo.processInfo.systemUptime
    if isTerminal {
      guard now - lastTime > 0.1 else { return }
      let text = OneLine.text([label, fraction.map(Self.bar), detail].compactMap { $0 }.joined(separator: "  "))
      guard text != lastText else { return }
      StandardStreams.redraw(String(text.prefix(Self.terminalColumns - 1)))
      lastText = text
    } else {
      let text = [label, fraction.map { "\(Int($0 * 100)) %" }, detail].compactMap { $0 }.joined(separator: "  ")
      guard now - lastTime > 5, text != lastText else { return }
      StandardStreams.note(text)
      lastText = text
    }
    lastTime = now
  }

  /// Lines that stay.
  func note(_ text: String) {
    StandardStreams.noteLines(text)
    lastText = ""
  }

  /// Takes the redrawn line away, so that what follows starts on a line of its own.
  func finish() { StandardStreams.clearLine() }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "–" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole)s" }
    if whole < 3600 { return "\(whole / 60)m\(String(format: "%02d", whole % 60))" }
    return "\(whole / 3600)h\(String(format: "%02d", whole % 3600 / 60))"
  }

  private static func bar(_ fraction: Double) -> String {
    let width = 24
    let filled = Int((min(max(fraction, 0), 1) * Double(width)).rounded())
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
      + String(format: " %3d %%", Int(min(max(fraction, 0), 1) * 100))
  }

  private static var terminalColumns: Int { StandardStreams.columns(of: STDERR_FILENO) ?? 80 }
}
