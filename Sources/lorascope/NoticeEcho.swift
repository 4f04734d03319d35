import Logging
import Synchronization

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
    // How a run ended stands in a line of its own.
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
