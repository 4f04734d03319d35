import Foundation

/// Where the store is unless `--store` says otherwise.
public enum StoreLocation {
  /// `$XDG_DATA_HOME/lorascope/store.sqlite`; `~/.local/share` where the variable is unset, or not absolute, which the
  /// XDG base directory specification tells programs to ignore.
  public static func defaultStore() -> URL {
    defaultStore(environment: ProcessInfo.processInfo.environment, home: NSHomeDirectory())
  }

  package static func defaultStore(environment: [String: String], home: String) -> URL {
    let wish = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return URL(filePath: wish ?? home + "/.local/share", directoryHint: .isDirectory)
      .appending(path: "lorascope/store.sqlite")
  }
}
