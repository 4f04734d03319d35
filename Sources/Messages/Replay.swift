/// Where a replay stands: a study that is shown again from its store, as if it went on now.
public struct ReplayStatus: Hashable, Sendable {
  /// The study's own time, seconds since 1970: what notices and screens take for now.
  public var time: Double
  /// How much of it was shown, 0 to 1; 1 at its end only.
  public var share: Double
  /// Seconds of the study that a second shows.
  public var speed: Double
  public var isPaused: Bool

  public init(time: Double, share: Double, speed: Double, isPaused: Bool) {
    self.time = time
    self.share = share
    self.speed = speed
    self.isPaused = isPaused
  }

  /// Everything was shown: the snapshot is the store's own.
  public var isAtEnd: Bool { share >= 1 }

  /// What is said to whoever asks for something that a replay does not do.
  public static let changesNothing = "a replay changes nothing"

  /// `×10`, `×0.5`: how fast it goes.
  public func speedText(times: String) -> String {
    times + (speed == speed.rounded() && speed < 1e9 ? String(Int(speed)) : String(speed))
  }
}

/// What may be asked of a replay.
public enum ReplayControl: Hashable, Sendable {
  /// Stands still, or goes on.
  case pause
  /// Half as fast.
  case slower
  /// Twice as fast.
  case faster
  case toEnd
}
