import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What processes that were killed have left of files that they were writing: `NAME.partial-PID-N`.
///
/// Only what bears this program's form of name, is a plain file or a folder of such files, and whose process has ended
/// is removed.
package enum Leftovers {
  /// What this process is writing at the moment: its own number says nothing of it.
  private static let open = Mutex<Set<String>>([])

  /// A name beside `name` that no other process takes.
  package static func partialName(of name: String) -> String {
    let partial = "\(name).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    _ = open.withLock { $0.insert(partial) }
    return partial
  }

  package static func finished(_ partial: String) { _ = open.withLock { $0.remove(partial) } }

  /// The name that a leftover was to get; nil for any other name, and for what is still being written.
  package static func target(of name: String) -> String? {
    guard let mark = name.range(of: ".partial-", options: .backwards) else { return nil }
    let parts = name[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let process = Int32(parts[0]), process > 0, UInt32(parts[1]) != nil else { return nil }
    if process == getpid() {
      if open.withLock({ $0.contains(name) }) { return nil }
    } else if kill(process, 0) == 0 || errno != ESRCH {
      return nil
    }
    let target = String(name[..<mark.lowerBound])
    // A file that is linked to its name was itself written beside that.
    return self.target(of: target) ?? target
  }

  /// Removes leftovers from a folder.
  ///
  /// - Parameter names: files that are about to be written there; nil means every leftover, in folders that are this
  ///   program's own.
  package static func sweep(_ folder: String, of names: Set<String>? = nil) {
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for entry in entries {
      guard let target = target(of: entry), names?.contains(target) ?? true else { continue }
      remove(folder + "/" + entry)
    }
  }

  /// A file, or a folder with nothing in it but files; never what lies behind a link.
  private static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: unlink(path)
    case S_IFDIR:
      for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
        var inner = stat()
        let file = path + "/" + name
        if lstat(file, &inner) == 0, inner.st_mode & S_IFMT == S_IFREG { unlink(file) }
      }
      rmdir(path)
    default: break
    }
  }
}
