import Foundation

/// Where a person's own themes and keys are: `lorascope` in the XDG configuration folder.
enum ConfigurationFolder {
  static var url: URL {
    let named = ProcessInfo.processInfo.environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return URL(fileURLWithPath: named ?? NSHomeDirectory() + "/.config").appending(path: "lorascope")
  }
}
