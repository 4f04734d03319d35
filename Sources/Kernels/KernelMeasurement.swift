/// One kernel on one shape.
public struct KernelMeasurement: Codable, Sendable {
  public enum Unit: String, Codable, Sendable {
    case gigaflops = "GFLOP/s"
    case gigabytes = "GB/s"
  }

  public var name: String
  public var shape: String
  /// Median, in ``unit``.
  public var rate: Double
  public var unit: Unit
  /// Median of the ratio to the machine's limit, each measured next to the other.
  public var fractionOfPeak: Double
}
