/// What this machine can do at most, measured.
public enum MachineLimits {
  /// Multiply-adds from registers on all threads, in FLOP/s.
  public static func fmaPeak(threads: Int) -> Double { 0 }
  /// Sequential reading from memory by all threads, in B/s.
  public static func readBandwidth(threads: Int) -> Double { 0 }
}
