import Foundation
import Text

/// Where a person's own themes and keys are: `lorascope` in the XDG configuration folder.
enum ConfigurationFolder {
  static var url: URL { URL(fileURLWithPath: PersonFolders.current.configuration).appending(path: "lorascope") }
}
