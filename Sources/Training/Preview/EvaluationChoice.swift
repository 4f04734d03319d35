import Foundation

/// What a file is evaluated on.
public enum EvaluationChoice: Sendable, Equatable {
  case none
  case file(URL)
  /// A seeded share of the file, above 0 and below 1.
  case share(Double)

  var file: URL? { if case .file(let url) = self { url } else { nil } }
  var share: Double? { if case .share(let value) = self { value } else { nil } }
}
