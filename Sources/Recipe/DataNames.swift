/// What a record of a person's data file is.
public enum DataForm: String, Sendable, Codable, CaseIterable {
  case promptCompletion = "prompt-completion"
  /// `messages`: a list of role and content.
  case messages
  /// `instruction`, `input`, `output`.
  case alpaca
  /// `conversations`: a list of from and value.
  case shareGPT = "sharegpt"
}

/// Which of the assistant's turns are learned.
public enum TrainedTurns: String, Sendable, Codable, CaseIterable {
  case all, last
}

/// The metrics that a person's own data can be scored by; `Training` has them.
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
}

/// What data of a person's own is evaluated on.
public enum EvaluationSource: Hashable, Codable, Sendable {
  case none
  case file(path: String)
  /// A seeded share (0 to 1) of the training file is held out.
  case share(Double)
}
