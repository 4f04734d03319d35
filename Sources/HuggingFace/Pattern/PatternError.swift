/// A regular expression that is wrong, or that uses what cannot be honoured.
package struct PatternError: Error, Equatable, CustomStringConvertible {
  let pattern: String
  let reason: String

  package var description: String { "pattern \(SafetensorsError.printable(pattern)): \(reason)" }
}
