import Foundation
import Text

/// Where the store is unless `--store` says otherwise.
public enum StoreLocation {
  /// `$XDG_DATA_HOME/lorascope/store.sqlite`; `~/.local/share` where the variable is unset, or not absolute, which the
  /// XDG base directory specification tells programs to ignore.
  public static func defaultStore() -> URL {
    defaultStore(in: .current)
  }

  package static func defaultStore(in folders: PersonFolders) -> URL {
    URL(filePath: folders.data, directoryHint: .isDirectory).appending(path: "lorascope/store.sqlite")
  }
}
