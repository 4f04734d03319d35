import Foundation

/// Paths as people type them.
enum Path {
  /// `~` and relative paths, made absolute.
  static func expanded(_ path: String) -> String {
    let home = NSString(string: path).expandingTildeInPath
    return URL(fileURLWithPath: home).standardizedFileURL.path
  }

  /// The home folder as `~`.
  static func abbreviated(_ path: String) -> String {
    let home = NSHomeDirectory()
    return home.count > 1 && path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
