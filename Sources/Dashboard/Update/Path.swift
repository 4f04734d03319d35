import Foundation

/// Paths as people type them.
enum Path {
  /// `~` and relative paths, made absolute.
  static func expanded(_ path: String) -> String {
    let home = NSString(string: path).expandingTildeInPath
    return URL(fileURLWithPath: home).standardizedFileURL.path
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
