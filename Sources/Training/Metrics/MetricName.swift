import Recipe

extension MetricName {
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
