import Recipe

/// One evaluated example's score without its texts; a digest tells whether two runs answered the same one.
public struct ExampleScoreRecord: Hashable, Sendable {
  public var index: Int
  /// Of prompt and expected answer.
  public var digest: UInt64
  /// 0 to 1.
  public var score: Double
  public var parsed: Bool
  public var lenient: Double
  /// What it is about; nil for what is known of nothing but itself.
  public var group: String?

  public init(
    index: Int, prompt: String, expected: String, score: Double, parsed: Bool, lenient: Double, group: String? = nil
  ) {
    self.index = index
    self.score = score
    self.parsed = parsed
    self.lenient = lenient
    self.group = group
    digest = Self.digest(prompt, expected)
  }

  public init(_ outcome: ExampleOutcome) {
    self.init(
      index: outcome.index, prompt: outcome.prompt, expected: outcome.expected, score: outcome.score,
      parsed: outcome.parsed, lenient: outcome.lenient, group: outcome.group)
  }

  /// FNV-1a over 64 bits. Together with the index a chance match of two different examples need not be feared.
  private static func digest(_ prompt: String, _ expected: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ text: String) {
      var text = text
      text.withUTF8 { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
      hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
    add(prompt)
    add(expected)
    return hash
  }
}

/// What of the cores a measurement had, and below which share it says more about other programs than about what was measured.
public enum CoreUse {
  /// A latency that was measured with less than this share of the cores' time was measured on a busy machine.
  ///
  /// Decoding's threads spin while they wait for each other, so that alone they have all of the cores but what the kernel
  /// takes, a few hundredths. They meet after every product: one core that another program shares holds all of them up, and
  /// times grow by far more than the share that is missing. Another program that computes takes at least half of one core,
  /// which is more than this leaves on up to seven cores.
  public static let quietShare = 0.93

  /// - Parameter share: processor time over wall time × threads, 0 to 1; nil, not known, is not called busy.
  public static func isBusy(_ share: Double?) -> Bool { share.map { $0 < quietShare } ?? false }

  /// Percent of the cores that other programs had.
  public static func takenPercent(_ share: Double) -> Int {
    share.isFinite ? Int((100 * (1 - min(max(share, 0), 1))).rounded()) : 0
  }

  /// One line where other programs took enough of the cores to spoil the times; nil on a quiet machine.
  public static func disturbance(_ share: Double) -> String? {
    guard isBusy(share) else { return nil }
    return "other programs took \(takenPercent(share)) % of the cores while TPOT was measured, so it may be off; "
      + "measure again on a quiet machine"
  }
}

extension LatencySummary {
  /// It was measured while other programs had the cores: the times are longer by an unknown amount, however narrow the interval.
  public var isBusy: Bool { CoreUse.isBusy(coreShare) }
}

/// Where a run's wall time went, seconds; time in which it was paused is not counted.
public struct PhaseSeconds: Hashable, Codable, Sendable {
  /// Reading the base and tokenising.
  public var preparing = 0.0
  /// Steps, and the held-out losses between them.
  public var training = 0.0
  public var evaluating = 0.0
  /// Measuring TPOT; everything else waits meanwhile.
  public var measuring = 0.0

  public init() {}
}
