import Foundation
import Synchronization
import Terminal

/// This program in a terminal that nobody looks at: keys go in at the other end of a pseudo-terminal, and what is written is counted there.
final class TerminalSession {
  /// What was written up to the end of a frame.
  struct Frame: Sendable {
    /// Seconds since the start of the program.
    var time: Double
    var bytes: Int
  }

  /// What comes out of the terminal, counted on a thread of its own.
  private final class Counter: Sendable {
    private struct Seen {
      var frames: [Frame] = []
      /// Bytes since the last frame, and in all.
      var open = 0
      var total = 0
      /// So many bytes of the mark of a frame's end have come in a row.
      var matched = 0
    }

    /// Ends a synchronized update, as the screen ends each of its frames.
    private static let frameEnd = Array("\u{1b}[?2026l".utf8)

    let start = ContinuousClock.now
    private let seen = Mutex(Seen())

    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
    var frames: [Frame] { seen.withLock { $0.frames } }
    var bytes: Int { seen.withLock { $0.total } }

    /// Until the program has ended.
    func listen(to terminal: Int32) {
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(terminal, &bytes, bytes.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        take(bytes[..<count], at: seconds)
      }
    }

    private func take(_ bytes: ArraySlice<UInt8>, at time: Double) {
      seen.withLock { seen in
        let mark = Self.frameEnd
        for byte in bytes {
          seen.open += 1
          seen.total += 1
          seen.matched = byte == mark[seen.matched] ? seen.matched + 1 : byte == mark[0] ? 1 : 0
          guard seen.matched == mark.count else { continue }
          seen.frames.append(Frame(time: time, bytes: seen.open))
          (seen.open, seen.matched) = (0, 0)
        }
      }
    }
  }

  private let process = Process()
  private let master: Int32
  private let counter = Counter()

  /// - Parameters:
  ///   - arguments: of this program.
  ///   - home: what it writes beside its store comes there.
  init(_ arguments: [String], home: URL, size: ScreenSize, environment more: [String: String] = [:]) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    guard master >= 0, let slave = Self.slave(of: master) else {
      throw CommandError("no pseudo-terminal can be opened", status: 71)
    }
    let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    var window = winsize(ws_row: UInt16(size.rows), ws_col: UInt16(size.columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &window)
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["TERM"] = "xterm-256color"
    environment["LC_ALL"] = "C.UTF-8"
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] { environment[name] = home.path }
    for name in ["NO_COLOR", "LORASCOPE_COLOR"] { environment[name] = nil }
    process.environment = environment.merging(more) { $1 }
    process.currentDirectoryURL = home
    (process.standardInput, process.standardOutput, process.standardError) = (terminal, terminal, terminal)
    try process.run()
    try terminal.close()
    let thread = Thread { [counter, master] in counter.listen(to: master) }
    thread.start()
  }

  deinit { close(master) }

  /// The end that the program gets, as a descriptor.
  private static func slave(of master: Int32) -> Int32? {
    // `TIOCSPTLCK` and `TIOCGPTN` of ioctl_tty(2), which are not in glibc's module for Swift.
    var unlocked: Int32 = 0
    var number: Int32 = 0
    guard ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else { return nil }
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    return slave >= 0 ? slave : nil
  }

  /// Since the start of the program.
  var seconds: Double { counter.seconds }

  var frames: [Frame] { counter.frames }
  var bytes: Int { counter.bytes }
  var isRunning: Bool { process.isRunning }

  func type(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Seconds of the processor that the program has had, with those of threads that are gone.
  var processorSeconds: Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(process.processIdentifier, &clock) == 0, clock_gettime(clock, &time) == 0 else {
      return .nan
    }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The largest resident set so far, bytes.
  var peakMemoryBytes: Int {
    let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  /// Saves and leaves, whatever is under way.
  func quit() async throws {
    for _ in 0..<3 {
      type("\u{3}")
      try await Task.sleep(for: .milliseconds(100))
    }
    for _ in 0..<100 where process.isRunning { try await Task.sleep(for: .milliseconds(100)) }
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }
}
