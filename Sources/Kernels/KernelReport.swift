/// What ``KernelBenchmarks`` measured.
public struct KernelReport: Codable, Sendable {
  public var instructionSet: InstructionSet
  public var threads: Int
  /// Multiply-add peak, GFLOP/s: the median over the whole run.
  public var fmaPeak: Double
  /// Reading bandwidth, GB/s: the median over the whole run.
  public var readBandwidth: Double
  public var measurements: [KernelMeasurement]
}
