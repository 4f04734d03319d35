import Dashboard
import Foundation

/// The keys of `keys.toml` in the configuration folder, where there is one.
enum Keys {
  static func keymap() throws -> Keymap {
    let file = ConfigurationFolder.url.appending(path: "keys.toml")
    guard FileManager.default.fileExists(atPath: file.path) else { return .standard }
    do {
      return try KeysFile.keymap(from: file)
    } catch {
      throw CommandError("\(error)", status: 65)
    }
  }
}
