/// A regular expression that is wrong, or that uses what `Pattern` does not know.
struct PatternError: Error, Equatable, CustomStringConvertible {
  let pattern: String
  let reason: String

  var description: String { "pattern \(SafetensorsError.printable(pattern)): \(reason)" }
}
