import Foundation
import Logging
import Synchronization

/// The log goes to a file beside the store: the screen belongs to the dashboard.
enum LogFile {
  /// Larger files are put aside once (`lorascope.log.1`) before a new one begins.
  private static let largestBytes = 4 << 20

  static func url(beside store: URL) -> URL {
    store.deletingLastPathComponent().appendingPathComponent("lorascope.log")
  }

  /// - Parameter echo: shows warnings on standard error too.
  static func logger(beside store: URL, echo: Bool = false) -> Logger {
    let url = url(beside: store)
    var status = stat()
    if lstat(url.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > largestBytes {
      let old = url.appendingPathExtension("1").path
      if lstat(old, &status) != 0 || status.st_mode & S_IFMT == S_IFREG { _ = rename(url.path, old) }
    }
    return Logger(label: "lorascope") { _ in
      let file = Handler(path: url.path)
      return echo ? MultiplexLogHandler([file, NoticeEcho()]) : file
    }
  }

  /// Appends one line a message; a log that cannot be written is no reason to stop training.
  private struct Handler: LogHandler {
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()
    private let file: SharedFile

    init(path: String) { file = SharedFile(path: path) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      file.append("\(Date().formatted(.iso8601)) \(event.level) \(event.message)\n")
    }
  }

  private final class SharedFile: Sendable {
    private let path: String
    private let handle = Mutex<FileHandle?>(nil)

    init(path: String) { self.path = path }

    func append(_ line: String) {
      handle.withLock { handle in
        if handle == nil { handle = Self.open(path) }
        try? handle?.write(contentsOf: Data(line.utf8))
      }
    }

    /// Only a plain file is written to, and only at its end: what a link leads to is another person's.
    private static func open(_ path: String) -> FileHandle? {
      let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
      let descriptor = Foundation.open(path, flags, 0o644)
      guard descriptor >= 0 else { return nil }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        return nil
      }
      return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
  }
}

/// Shows what the engine warns of on the standard error of a verb without a screen, each text once: who waits for a full disk
/// must learn of it where they look, and the log is elsewhere.
struct NoticeEcho: LogHandler {
  /// What is remembered of lines that were shown.
  private static let mostKnown = 1000

  private final class Shown: Sendable {
    let lines = Mutex<Set<String>>([])
  }

  var logLevel = Logger.Level.notice
  var metadata = Logger.Metadata()
  private let shown = Shown()

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let text = "\(event.message)"
    // A search's answer and how a run ended stand in lines of their own.
    if event.level == .notice, text.hasPrefix("search ") { return }
    if text.hasPrefix("#"), let head = text.split(separator: ":").first,
      head.hasSuffix("done") || head.hasSuffix("failed")
    {
      return
    }
    let isNew = shown.lines.withLock { lines in
      if lines.count >= Self.mostKnown { lines.removeAll() }
      return lines.insert(text).inserted
    }
    if isNew { StandardStreams.note("lorascope: \(text)") }
  }
}
