/// The metrics by the names that a command line or a configuration uses.
public enum MetricName: String, Sendable, Codable, CaseIterable {
  case exactMatch = "exact-match"
  case choice
  case keyValue = "key-value"

  public var metric: any Metric {
    switch self {
    case .exactMatch: ExactMatch()
    case .choice: StrictChoiceAccuracy()
    case .keyValue: KeyValueMatch()
    }
  }
}
