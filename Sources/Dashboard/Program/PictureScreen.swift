import Foundation
import Terminal

/// A screen of a fixed size without a terminal, which ends as a picture: keys are pressed one after the other, each when nothing moves any
/// more, and the last frame is written. For the pictures of README and pages.
package final class PictureScreen: Screen {
  package let size: ScreenSize
  package let characterSet = CharacterSet.braille
  package var colorDepth = ColorDepth.truecolor
  /// Percent of a replay at which it is paused and its picture is taken; nil: its end.
  private let pausesAt: Int?
  private var keys: [Key]
  private let finish: (Canvas, Theme) -> Void
  private var frame: (canvas: Canvas, theme: Theme)?
  private var stillness = 0
  private var polls = 0
  private var hasPaused = false

  /// Polls without another frame after which nothing moves: half a second.
  private static let still = 25
  /// Polls after which a picture is given up: ten minutes.
  private static let most = 30_000

  /// - Parameters:
  ///   - keys: characters that are pressed before the picture is taken.
  ///   - finish: takes the last frame.
  package init(size: ScreenSize, keys: String, pausesAt: Int?, finish: @escaping (Canvas, Theme) -> Void) {
    self.size = size
    self.pausesAt = pausesAt
    self.keys = keys.map { Key.character($0) }
    self.finish = finish
  }

  package func present(_ canvas: Canvas, theme: Theme) {
    if frame?.canvas != canvas { stillness = 0 }
    frame = (canvas, theme)
  }

  package func nextKey(timeoutMilliseconds: Int) -> Key? {
    // Typed ahead is nothing here: the loop asks for more without waiting.
    guard timeoutMilliseconds != 0 else { return nil }
    usleep(20_000)
    polls += 1
    stillness += 1
    if polls > Self.most { return .hangup }
    guard let frame else { return nil }
    if !hasPaused {
      guard let percent = Self.percent(frame.canvas.text.first ?? "") else { return nil }
      let end = pausesAt ?? 100
      if percent < end, percent < 100 { return nil }
      hasPaused = true
      stillness = 0
      return percent < 100 ? .character("P") : nil
    }
    guard stillness >= Self.still else { return nil }
    stillness = 0
    if !keys.isEmpty { return keys.removeFirst() }
    finish(frame.canvas, frame.theme)
    return .signal(SIGTERM)
  }

  /// How far a replay is by the header; 100 at its end.
  private static func percent(_ header: String) -> Int? {
    guard let start = header.range(of: "REPLAY") else { return nil }
    let words = header[start.upperBound...].split(separator: " ")
    if words.first == "at" { return 100 }
    return words.lazy.compactMap { Int($0) }.first
  }

  package func invalidate() {}
  package func setMouse(_ on: Bool) {}
  package func copy(_ text: String) {}
  package func suspend() {}
  package func resume() {}
  package func close() {}
}
