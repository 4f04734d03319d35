/// What ``KernelBenchmarks`` measured.
public struct KernelReport: Codable, Sendable {
  public var instructionSet: InstructionSet
  public var threads: Int
  /// Multiply-add peak, GFLOP/s: the median over the whole run.
  public var fmaPeak: Double
  /// The same of bfloat16 pairs, where the processor has them.
  public var bfloat16Peak: Double?
  /// Reading bandwidth, GB/s: the median over the whole run.
  public var readBandwidth: Double
  public var measurements: [KernelMeasurement]
}
