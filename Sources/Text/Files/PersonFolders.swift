import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a person's things are: the home folder and the folders of the XDG base directory specification.
///
/// `$HOME` decides, as it does for every shell and for containers, `sudo -E` and sandboxes of tests; the account's own
/// home stands in where the variable is unset, empty or not absolute. Foundation asks the account first.
package struct PersonFolders: Sendable {
  package let home: String
  private let environment: [String: String]

  /// Of this process.
  package static var current: PersonFolders { PersonFolders(environment: ProcessInfo.processInfo.environment) }

  /// - Parameter account: the home of the account, where the environment names none; nil asks the system.
  package init(environment: [String: String], account: String? = nil) {
    self.environment = environment
    home = Self.absolute(environment["HOME"]) ?? account ?? Self.accountHome() ?? "/"
  }

  /// `$XDG_DATA_HOME`, or `~/.local/share`.
  package var data: String { folder("XDG_DATA_HOME", ".local/share") }
  /// `$XDG_CONFIG_HOME`, or `~/.config`.
  package var configuration: String { folder("XDG_CONFIG_HOME", ".config") }
  /// `$XDG_STATE_HOME`, or `~/.local/state`.
  package var state: String { folder("XDG_STATE_HOME", ".local/state") }
  /// `$XDG_CACHE_HOME`, or `~/.cache`.
  package var cache: String { folder("XDG_CACHE_HOME", ".cache") }

  /// `~` and `~/…` are this home, `~name` another account's; everything else stays as it is.
  package func expandingTilde(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    if path == "~" { return home }
    if path.hasPrefix("~/") { return (home == "/" ? "" : home) + path.dropFirst() }
    return NSString(string: path).expandingTildeInPath
  }

  /// The specification tells programs to ignore a path that is not absolute.
  private func folder(_ variable: String, _ usual: String) -> String {
    Self.absolute(environment[variable]) ?? (home == "/" ? "" : home) + "/" + usual
  }

  /// Without slashes at its end; nil for what is empty or relative.
  private static func absolute(_ path: String?) -> String? {
    guard var path, path.hasPrefix("/") else { return nil }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func accountHome() -> String? {
    guard let account = getpwuid(getuid()), let folder = account.pointee.pw_dir else { return nil }
    return absolute(String(cString: folder))
  }
}
