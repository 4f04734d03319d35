import Recipe

/// A regular expression that is wrong, that uses what cannot be honoured, or that takes too long on a text.
package struct PatternError: ExitStatusError, Equatable {
  let pattern: String
  let reason: String
  /// File and field that the pattern stands in, where they are known.
  var place: String?

  package var exitStatus: Int32 { ExitStatus.badData }

  /// For an error that names the file itself.
  package var withoutPlace: PatternError { PatternError(pattern: pattern, reason: reason) }

  package var description: String {
    (place.map { $0 + ": " } ?? "") + "pattern \(OneLine.name(pattern)): \(reason)"
  }
}
