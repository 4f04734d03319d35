import Recipe

extension [RunSummary] {
  /// TPOT over the base's in percent as a finished run of these has measured it here on a quiet machine, with the same targets at the same ranks
  /// on the same base: the newest. Nil where none has.
  ///
  /// - Parameter fingerprint: the base's.
  package func measuredOverhead(_ targets: Targets, _ settings: RunSettings, on fingerprint: String) -> Interval? {
    let own = settings.narrowed(to: targets)
    return last { run in
      // Of a pruned adapter's targets only a part is left.
      guard run.plan.pruning == nil, run.plan.targets == targets, run.prepared?.baseFingerprint == fingerprint,
        let latency = run.quietLatency, latency.host == nil
      else {
        return false
      }
      let other = run.plan.settings.narrowed(to: targets)
      return other.rank == own.rank && other.rankByGroup == own.rankByGroup && other.useDoRA == own.useDoRA
        && other.promptOnly == own.promptOnly && other.engine == own.engine && other.device == own.device
        && other.loadIn == own.loadIn
    }?.quietLatency?.overheadPercent
  }
}
