/// How an axis maps values to its length.
public enum AxisScale: String, Sendable, Equatable {
  case linear, log
}
