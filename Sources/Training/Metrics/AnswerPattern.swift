/// A regular expression that finds the answer in a text: what its first group matches, or the whole match. The last match counts, as
/// the last word on the matter.
public struct AnswerPattern: Sendable, Equatable {
  public let text: String

  /// - Throws: `TrainingError.invalidOption` for what is no regular expression.
  public init(_ text: String) throws {
    self.text = text
    do {
      _ = try Regex(text)
    } catch {
      throw TrainingError.invalidOption(
        name: "answer-pattern", value: "\"\(text)\"", expected: "a regular expression")
    }
  }

  func answer(in output: String) -> String? {
    // A regular expression that compiled once compiles again; it cannot be kept, as `Regex` is not `Sendable`.
    guard let expression = try? Regex(text), let match = output.matches(of: expression).last else { return nil }
    let group = match.output.count > 1 ? match.output[1].substring : nil
    return String(group ?? output[match.range])
  }
}
