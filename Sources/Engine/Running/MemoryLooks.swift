import Training

/// What the process has resident, looked at a few times a second of training: a look costs what a short step does not have to spare.
struct MemoryLooks {
  /// Of training between two looks, seconds.
  private static let interval = 0.25

  private var last: Int?
  private var waited = interval

  /// Bytes as of the last look; nil where the system does not tell.
  ///
  /// - Parameters:
  ///   - seconds: of one more step.
  ///   - look: what is asked when a look is due.
  mutating func bytes(after seconds: Double, look: () -> Int? = { ResidentMemory.bytes }) -> Int? {
    waited += seconds.isFinite ? max(0, seconds) : 0
    if waited >= Self.interval {
      last = look()
      waited = 0
    }
    return last
  }
}
