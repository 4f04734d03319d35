import Foundation

/// A process beside this one that is spoken to by lines: one socket is its standard input and output, a file its standard error.
///
/// Foundation's `Process` is not taken: a write to a worker that has died must be an error and not SIGPIPE, and the worker
/// must be in no group that the terminal signals, so that Ctrl-C leaves it to us to save first. Belongs to one thread at a time.
final class WorkerPipe {
  /// A line that is longer is no answer: answers to 16 prompts of a million tokens are shorter.
  private static let mostBytes = 1 << 28
  /// Between two looks at whether the wait goes on.
  private static let pollMilliseconds: Int32 = 100
  /// What the worker is given to leave by itself.
  private static let leaveSeconds = 2.0

  private let log: URL
  private var socket: Int32
  private var process: pid_t
  private var received = Data()
  /// How much of `received` holds no end of a line.
  private var looked = 0
  /// How it ended, once it has.
  private var status: Int32?

  /// - Parameters:
  ///   - executable: a path, or a name that is looked for in the search path.
  ///   - log: what the process writes to standard error; its folder must exist.
  /// - Throws: `PEFTWorkerError`.
  init(_ executable: String, arguments: [String], log: URL) throws(PEFTWorkerError) {
    self.log = log
    var ends: [Int32] = [-1, -1]
    #if os(Linux)
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .cannotStart(executable, Self.reason(errno)) }
    let (own, theirs) = (ends[0], ends[1])
    defer { close(theirs) }
    #if !os(Linux)
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      var on: Int32 = 1
      setsockopt(own, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    #endif
    let started = Self.spawn(executable, arguments, theirs, log)
    guard started.code == 0 else {
      close(own)
      throw started.code == ENOENT ? .noInterpreter(executable) : .cannotStart(executable, Self.reason(started.code))
    }
    socket = own
    process = started.process
    _ = fcntl(own, F_SETFL, fcntl(own, F_GETFL) | O_NONBLOCK)
  }

  deinit { end() }

  private static func spawn(
    _ executable: String, _ arguments: [String], _ socket: Int32, _ log: URL
  ) -> (code: Int32, process: pid_t) {
    #if os(Linux)
      var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
    #else
      var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?) = (nil, nil)
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, socket, 0)
    posix_spawn_file_actions_adddup2(&actions, socket, 1)
    posix_spawn_file_actions_addopen(&actions, 2, log.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigemptyset(&usual)
    // Ignored here, they would be ignored there.
    for signal in [SIGPIPE, SIGTERM, SIGHUP] { sigaddset(&usual, signal) }
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, executable, &actions, &attributes, &words, environ)
    return (code, process)
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  // MARK: Lines

  /// Sends a line and waits for one back.
  ///
  /// - Parameter wait: called a few times a second meanwhile; what it throws ends the wait, and the worker with it.
  /// - Throws: `PEFTWorkerError` where the worker has died or writes without end; what `wait` throws.
  func ask(_ line: Data, wait: () throws -> Void) throws -> Data {
    var unsent = line + [0x0A]
    var sent = unsent.startIndex
    while sent < unsent.endIndex {
      let count = unsent.withUnsafeBytes { bytes in
        send(socket, bytes.baseAddress.map { $0 + (sent - unsent.startIndex) }, bytes.count - sent, Self.sendFlags)
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        // One that writes while it should read must not hold both up.
        try poll(POLLIN | POLLOUT, wait)
        try receive()
      } else if errno != EINTR {
        throw died()
      }
    }
    unsent = Data()
    return try self.line(wait: wait)
  }

  #if os(Linux)
    private static let sendFlags = Int32(MSG_NOSIGNAL)
  #else
    private static let sendFlags: Int32 = 0
  #endif

  /// The next line, without its end.
  func line(wait: () throws -> Void) throws -> Data {
    while true {
      if let end = received[(received.startIndex + looked)...].firstIndex(of: 0x0A) {
        let line = Data(received[..<end])
        received = Data(received[(end + 1)...])
        looked = 0
        return line
      }
      looked = received.count
      guard looked < Self.mostBytes else { throw PEFTWorkerError.nonsense(start: text(received), log: log.path) }
      try poll(POLLIN, wait)
      if try !receive() {
        // What it wrote last, without an end of the line, may say why.
        if looked > 0 || !received.isEmpty { throw PEFTWorkerError.nonsense(start: text(received), log: log.path) }
        throw died()
      }
    }
  }

  private func poll(_ events: Int32, _ wait: () throws -> Void) throws {
    var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
    while true {
      let ready = Foundation.poll(&entry, 1, Self.pollMilliseconds)
      if ready > 0 { return }
      try wait()
    }
  }

  /// False at the end of what the worker writes.
  @discardableResult
  private func receive() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      if count > 0 {
        received.append(contentsOf: buffer[..<count])
        return true
      }
      if count < 0, errno == EINTR { continue }
      // Reset is what an end with unread lines is called.
      return count < 0 && errno == EAGAIN
    }
  }

  private func text(_ data: Data) -> String { String(decoding: data.prefix(200), as: UTF8.self) }

  // MARK: The end

  private func died() -> PEFTWorkerError {
    reap(seconds: Self.leaveSeconds)
    return .died(how: how, lastWords: lastWords, log: log.path)
  }

  /// `with status 1`, `by signal 9`.
  private var how: String {
    guard let status else { return "without a status" }
    let signal = status & 0x7F
    if signal == 0 { return "with status \(status >> 8 & 0xFF)" }
    return "by signal \(signal)" + (signal == SIGKILL ? ", as where memory has run out" : "")
  }

  /// The last line of its standard error.
  private var lastWords: String? {
    guard let handle = try? FileHandle(forReadingFrom: log) else { return nil }
    defer { try? handle.close() }
    let size = (try? handle.seekToEnd()) ?? 0
    try? handle.seek(toOffset: size > 4096 ? size - 4096 : 0)
    let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
  }

  /// Waits until the process is gone; after so many seconds it is killed.
  private func reap(seconds: Double) {
    guard status == nil, process > 0 else { return }
    let clock = ContinuousClock()
    let until = clock.now + .seconds(seconds)
    var found: Int32 = 0
    while waitpid(process, &found, WNOHANG) == 0 {
      if clock.now >= until {
        // With what it has started: it leads a group of its own.
        kill(-process, SIGKILL)
        _ = waitpid(process, &found, 0)
        break
      }
      usleep(5000)
    }
    status = found
  }

  /// Ends the process: it is asked to leave by the end of its input, and is killed where it does not.
  func end(patience seconds: Double = leaveSeconds) {
    guard socket >= 0 else { return }
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
    socket = -1
    reap(seconds: seconds)
  }
}
