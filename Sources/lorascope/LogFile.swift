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
    let manager = FileManager.default
    if let size = try? manager.attributesOfItem(atPath: url.path)[.size] as? Int, size > largestBytes {
      let old = url.appendingPathExtension("1")
      try? manager.removeItem(at: old)
      try? manager.moveItem(at: url, to: old)
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
        if handle == nil {
          if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
          }
          handle = FileHandle(forWritingAtPath: path)
          _ = try? handle?.seekToEnd()
        }
        try? handle?.write(contentsOf: Data(line.utf8))
      }
    }
  }
}
