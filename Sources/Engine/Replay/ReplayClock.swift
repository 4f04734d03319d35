import Messages
import Recipe

/// The virtual clock of a replay: how many seconds of the study were shown, and how fast it goes on. A value, which whoever holds it
/// advances: the program by the time that has passed, a test as it likes.
package struct ReplayClock: Hashable, Sendable {
  /// Speeds that can be chosen; each key doubles or halves.
  package static let speeds = NumberRange(from: 0.125, to: 65_536)

  /// Seconds of the study that were shown, 0 to `duration`.
  package private(set) var position = 0.0
  package let duration: Double
  package private(set) var speed: Double
  package private(set) var isPaused = false

  /// - Parameters:
  ///   - duration: seconds of the study.
  ///   - speed: seconds of the study in one second.
  package init(duration: Double, speed: Double) {
    self.duration = max(0, duration)
    self.speed = min(max(speed, Self.speeds.low), Self.speeds.high)
  }

  package var isAtEnd: Bool { position >= duration }

  /// Lets so many seconds pass.
  package mutating func advance(by seconds: Double) {
    guard !isPaused, seconds > 0 else { return }
    position = min(duration, position + seconds * speed)
  }

  package mutating func take(_ control: ReplayControl) {
    switch control {
    case .pause: isPaused.toggle()
    case .slower: speed = max(Self.speeds.low, speed / 2)
    case .faster: speed = min(Self.speeds.high, speed * 2)
    case .toEnd: position = duration
    }
  }

  /// - Parameter time: of the study, seconds since 1970.
  package func status(at time: Double) -> ReplayStatus {
    // A share that rounds to the end is not there yet.
    let share = isAtEnd ? 1 : min(position / duration, 1 - 1e-9)
    return ReplayStatus(time: time, share: share, speed: speed, isPaused: isPaused)
  }
}

/// The study's time as a replay goes through it: long stretches in which nothing ran are left out.
package struct ReplayTimeline: Hashable, Sendable {
  /// Of an idle stretch so much is kept before what follows it, seconds.
  package static let idleSeconds = 5.0

  /// Seconds since 1970 at which it begins, and how much was shown before it.
  private struct Stretch: Hashable, Sendable {
    var start: Double
    var end: Double
    var shown: Double
  }

  private var stretches: [Stretch] = []

  /// - Parameter busy: when something ran or ended, seconds since 1970, in any order.
  package init(_ busy: [ClosedRange<Double>]) {
    for range in busy.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard let last = stretches.last else {
        stretches = [Stretch(start: range.lowerBound, end: range.upperBound, shown: 0)]
        continue
      }
      if range.lowerBound - last.end <= Self.idleSeconds {
        stretches[stretches.count - 1].end = max(last.end, range.upperBound)
      } else {
        stretches.append(
          Stretch(
            start: range.lowerBound - Self.idleSeconds, end: range.upperBound,
            shown: last.shown + last.end - last.start))
      }
    }
  }

  /// Seconds in all.
  package var duration: Double { stretches.last.map { $0.shown + $0.end - $0.start } ?? 0 }

  /// The study's time (seconds since 1970) after so many seconds of it.
  package func time(at position: Double) -> Double {
    guard let stretch = stretches.last(where: { $0.shown <= position }) ?? stretches.first else { return 0 }
    return min(stretch.end, stretch.start + max(0, position - stretch.shown))
  }
}
