/// The metrics by the names that a command line or a configuration uses.
public enum MetricName: String, Sendable, Codable, CaseIterable {
  /// The share of right answers, each found by the answer pattern or taken whole.
  case accuracy
  case exactMatch = "exact-match"
  case choice
  /// Numbers of the final line, with a tolerance for rounding.
  case number
  case keyValue = "key-value"
  /// Another name of `key-value`.
  case jsonMatch = "json-match"
  case fieldAccuracy = "field-accuracy"
  case rougeLsum = "rouge-lsum"
  case rougeLsumStemmed = "rouge-lsum-stemmed"

  /// For messages: the names with commas between them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  public var metric: any Metric {
    switch self {
    case .accuracy: ExactMatch(name: "accuracy")
    case .exactMatch: ExactMatch()
    case .choice: StrictChoiceAccuracy()
    case .number: NumberAccuracy()
    case .keyValue, .jsonMatch: KeyValueMatch()
    case .fieldAccuracy: KeyValueMatch.fieldAccuracy
    case .rougeLsum: RougeLsum()
    case .rougeLsumStemmed: RougeLsum(stems: true)
    }
  }

  /// The metric with a regular expression that finds the answer.
  ///
  /// - Throws: `TrainingError.invalidOption` for a metric that compares whole outputs.
  public func metric(answering pattern: AnswerPattern?) throws -> any Metric {
    guard let pattern else { return metric }
    switch self {
    case .accuracy, .exactMatch: return ExactMatch(pattern: pattern, name: metric.name)
    case .number: return NumberAccuracy(pattern: pattern)
    default:
      throw TrainingError.invalidOption(
        name: "answer-pattern", value: "\"\(pattern.text)\" with the metric \(rawValue)",
        expected: "given with the metric accuracy, exact-match or number")
    }
  }
}
