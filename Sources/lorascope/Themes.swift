import Foundation
import Terminal
import Text

/// Where themes are found: the person's own, then beside the executable, in the data folder, in the checkout.
enum Themes {
  static var folders: [URL] {
    var folders = [ConfigurationFolder.url.appending(path: "themes").path]
    // From the executable upwards: beside it, and the checkout that a build folder lies in.
    var place = executableFolder
    for _ in 0..<5 {
      folders.append(place + "/themes")
      place = (place as NSString).deletingLastPathComponent
    }
    folders.append(PersonFolders.current.data + "/lorascope/themes")
    return folders.filter { FileManager.default.fileExists(atPath: $0) }.map { URL(fileURLWithPath: $0) }
  }

  static func named(_ name: String?) throws -> Theme {
    do { return try found(name) } catch let error as ThemeError { throw CommandError("\(error)", status: 65) }
  }

  private static func found(_ name: String?) throws -> Theme {
    guard let name else { return Theme.night }
    for folder in folders {
      let file = folder.appendingPathComponent("\(name).toml")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      do { return try Theme.load(from: file) } catch { throw CommandError("\(error)", status: 65) }
    }
    let themes = Theme.available(in: folders).map(\.name)
    if let theme = Theme.available(in: folders).first(where: { $0.name.lowercased() == name.lowercased() }) {
      return theme
    }
    throw CommandError("no theme '\(name)' (there are: \(themes.joined(separator: ", ")))", status: 66)
  }

  private static var executableFolder: String {
    let path =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return (path as NSString).deletingLastPathComponent
  }
}
