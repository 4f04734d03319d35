import CNcurses
import Foundation

/// Signals on their way into the key loop: handlers only write a byte to a pipe. Crash signals, and a second SIGTERM, give the
/// terminal back with nothing but `write` and `tcsetattr`, which a handler may call, and go on to what was there before.
enum SignalRelay {
  /// What handlers read. Plain words in memory that is never freed.
  struct State {
    var pipeWrite: Int32 = -1
    /// 1 while the terminal is ours to give back.
    var holdsTerminal: Int32 = 0
    var terminations: Int32 = 0
    var termios = CNcurses.termios()
    /// Sequences that undo our modes.
    var restore: UnsafeMutablePointer<UInt8>?
    var restoreCount = 0
    /// Printed to standard error after a crash.
    var note: UnsafeMutablePointer<UInt8>?
    var noteCount = 0
    /// Where a crash's trace goes, and what takes the place of the terminal as its input: descriptors that stay open. The input is
    /// a pipe into which nothing is ever written: at its end the key loop would take the terminal for lost, and leave as if of
    /// its own accord before the crash has ended the process.
    var crashLog: Int32 = -1
    var nothing: Int32 = -1
  }

  /// Allocated once and never freed, so a handler may always read it. Written by the screen's thread only, word by word, before
  /// `holdsTerminal` is set; handlers write nothing but `terminations` and `holdsTerminal`.
  nonisolated(unsafe) static let state: UnsafeMutablePointer<State> = {
    let pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
    pointer.initialize(to: State())
    return pointer
  }()

  static let relayed: [(signal: Int32, byte: UInt8)] = [
    (SIGWINCH, UInt8(ascii: "w")), (SIGTSTP, UInt8(ascii: "z")), (SIGCONT, UInt8(ascii: "c")),
    (SIGHUP, UInt8(ascii: "h")), (SIGINT, UInt8(ascii: "i")), (SIGTERM, UInt8(ascii: "t")),
  ]

  static let crashes: [Int32] = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGQUIT]

  /// These end a process too, unless someone already ignores or handles them.
  static let endings: [Int32] = [SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGXCPU, SIGXFSZ, SIGSYS]

  /// Previous actions by signal number; written once before the crash handlers are installed, read by them.
  nonisolated(unsafe) static let previous: UnsafeMutablePointer<sigaction> = {
    let pointer = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
    pointer.initialize(repeating: sigaction(), count: 65)
    return pointer
  }()

  private static func byte(of signal: Int32) -> UInt8 {
    switch signal {
    case SIGWINCH: UInt8(ascii: "w")
    case SIGTSTP: UInt8(ascii: "z")
    case SIGCONT: UInt8(ascii: "c")
    case SIGHUP: UInt8(ascii: "h")
    case SIGINT: UInt8(ascii: "i")
    default: UInt8(ascii: "t")
    }
  }

  private static let relay: @convention(c) (Int32) -> Void = { number in
    let saved = errno
    let state = SignalRelay.state
    if number == SIGTERM {
      state.pointee.terminations += 1
      if state.pointee.terminations > 1 {
        SignalRelay.giveBack()
        _exit(143)
      }
    }
    var byte = SignalRelay.byte(of: number)
    _ = write(state.pointee.pipeWrite, &byte, 1)
    errno = saved
  }

  private static let crash: @convention(c) (Int32) -> Void = { number in
    SignalRelay.giveBack()
    let state = SignalRelay.state
    if let note = state.pointee.note { _ = write(2, note, state.pointee.noteCount) }
    // Swift's backtracer asks questions where it finds a terminal; the trace belongs in the log.
    if state.pointee.crashLog >= 0, state.pointee.nothing >= 0 {
      _ = dup2(state.pointee.nothing, 0)
      _ = dup2(state.pointee.crashLog, 1)
      _ = dup2(state.pointee.crashLog, 2)
    }
    // The signal is blocked until this returns; then the previous handler, the backtracer perhaps, gets it.
    lorascope_reinstate(number, SignalRelay.previous + Int(number))
    raise(number)
  }

  /// Restores the terminal with calls that are safe in handlers; once.
  static func giveBack() {
    let state = SignalRelay.state
    guard state.pointee.holdsTerminal == 1 else { return }
    state.pointee.holdsTerminal = 0
    if let restore = state.pointee.restore { _ = write(1, restore, state.pointee.restoreCount) }
    _ = tcsetattr(0, TCSANOW, &state.pointee.termios)
  }

  /// Installs all handlers. - Returns: the end of the pipe to read from, or nil when there is no descriptor left.
  static func start() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    state.pointee.pipeWrite = ends[1]
    state.pointee.terminations = 0
    for (signal, _) in relayed { lorascope_install(signal, relay, previous + Int(signal)) }
    for signal in crashes + endings {
      lorascope_install(signal, crash, previous + Int(signal))
      if endings.contains(signal) && lorascope_is_default(previous + Int(signal)) == 0 {
        lorascope_reinstate(signal, previous + Int(signal))
      }
    }
    return ends[0]
  }

  /// Puts back what was there before `start`.
  static func stop(readEnd: Int32) {
    for (signal, _) in relayed { lorascope_reinstate(signal, previous + Int(signal)) }
    for signal in crashes + endings { lorascope_reinstate(signal, previous + Int(signal)) }
    let writeEnd = state.pointee.pipeWrite
    state.pointee.pipeWrite = -1
    _ = Foundation.close(writeEnd)
    _ = Foundation.close(readEnd)
  }

  /// The default action for SIGTSTP, for as long as the process is about to stop.
  static func allowStop() { lorascope_install(SIGTSTP, SIG_DFL, nil) }
  static func relayStop() { lorascope_install(SIGTSTP, relay, nil) }

  static func setRestore(_ text: String) {
    let (pointer, count) = bytes(text)
    // The old bytes stay: a handler may be reading them.
    state.pointee.restoreCount = 0
    state.pointee.restore = pointer
    state.pointee.restoreCount = count
  }

  static func setNote(_ text: String) {
    let (pointer, count) = bytes(text)
    state.pointee.noteCount = 0
    state.pointee.note = pointer
    state.pointee.noteCount = count
  }

  /// - Returns: false if the file cannot be written.
  static func setCrashLog(_ path: String) -> Bool {
    let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard log >= 0 else { return false }
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
    state.pointee.nothing = ends[0]
    state.pointee.crashLog = log
    return true
  }

  private static func bytes(_ text: String) -> (UnsafeMutablePointer<UInt8>, Int) {
    let utf8 = Array(text.utf8)
    let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, utf8.count))
    pointer.initialize(from: utf8, count: utf8.count)
    return (pointer, utf8.count)
  }
}
