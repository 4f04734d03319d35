import ArgumentParser
import Dashboard
import Foundation
import Synchronization
import Terminal

/// Hidden: the dashboard without a terminal, its last frame as an SVG picture. `scripts/picture` is the way in.
struct PictureFlags: ParsableArguments {
  @Option(help: .hidden) var picture: String?
  @Option(help: .hidden) var pictureSize = "120x36"
  /// Percent of the replay; without it its end.
  @Option(help: .hidden) var pictureAt: Int?
  @Option(help: .hidden) var pictureKeys = ""

  var size: ScreenSize? {
    let parts = pictureSize.split(separator: "x").compactMap { Int($0) }
    guard parts.count == 2, (Layout.least.columns...400).contains(parts[0]),
      (Layout.least.rows...200).contains(parts[1])
    else { return nil }
    return ScreenSize(columns: parts[0], rows: parts[1])
  }

  func validate() throws {
    guard picture != nil else { return }
    if size == nil { throw ValidationError("--picture-size is 60x16 to 400x200, not '\(pictureSize)'") }
    if let pictureAt, !(0...100).contains(pictureAt) { throw ValidationError("--picture-at is 0 to 100") }
  }

  /// The screen, and where it says that its picture was written.
  func screen() -> (PictureScreen, PictureResult)? {
    guard let picture, let size else { return nil }
    let result = PictureResult()
    let path = Paths.absolute(picture)
    let screen = PictureScreen(size: size, keys: pictureKeys, pausesAt: pictureAt) { canvas, theme in
      let svg = CanvasSVG.text(canvas, theme: theme, title: "lorascope, a replay of a real study")
      result.set(Self.write(svg, to: path))
    }
    return (screen, result)
  }

  /// - Returns: what went wrong; nothing that is there is overwritten.
  private static func write(_ text: String, to path: String) -> String? {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
      return nil
    } catch {
      return FileManager.default.fileExists(atPath: path) ? "is there already" : "cannot be written"
    }
  }
}

/// Whether the picture was written.
final class PictureResult: Sendable {
  private let outcome = Mutex<(isDone: Bool, problem: String?)>((false, nil))

  func set(_ problem: String?) { outcome.withLock { $0 = (true, problem) } }

  /// - Throws: `CommandError` where there is no picture.
  func check(_ path: String) throws {
    let (isDone, problem) = outcome.withLock { $0 }
    if let problem { throw CommandError("\(path): \(problem)", status: 73) }
    if !isDone { throw CommandError("\(path): the replay did not come to its picture", status: 70) }
  }
}
