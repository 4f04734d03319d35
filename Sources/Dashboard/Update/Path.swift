import Foundation

/// Paths as people type them.
enum Path {
  /// `~` and relative paths, made absolute.
  static func expanded(_ path: String) -> String {
    var path = path
    if path == "~" || path.hasPrefix("~/") {
      path = home + path.dropFirst()
    } else if path.hasPrefix("~") {
      path = NSString(string: path).expandingTildeInPath
    }
    return URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// `$HOME` before the account's own home, which Foundation asks first: the same rule as `PersonFolders`.
  private static var home: String {
    let named = ProcessInfo.processInfo.environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    var home = named ?? NSHomeDirectory()
    while home.count > 1, home.hasSuffix("/") { home.removeLast() }
    return home
  }

  /// The home folder as `~`.
  static func abbreviated(_ path: String) -> String {
    let home = home
    return home.count > 1 && path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
