/// A way to score a generated text.
public protocol Metric: Sendable {
  /// What reports call it, such as `exact match`.
  var name: String { get }
  func score(output: String, example: Example) -> ExampleScore

  /// - Throws: where an answer since could not be looked for, so that its score means nothing.
  func check() throws
}

extension Metric {
  public func check() throws {}
}
