import Recipe

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
  public static func takenPercent(_ share: Double) -> Int { Int((100 * (1 - share)).rounded()) }

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
