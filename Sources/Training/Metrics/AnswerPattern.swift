import Synchronization
import Text

/// A regular expression that finds the answer in a text: what its first group matches, or the whole match. The last match counts, as
/// the last word on the matter.
public struct AnswerPattern: Sendable, Equatable {
  public let text: String
  private let pattern: Pattern
  private let failure = Failure()

  /// The first text that the pattern took too long on.
  private final class Failure: Sendable {
    let first = Mutex<PatternError?>(nil)
  }

  /// - Throws: `TrainingError.invalidOption` for what is no regular expression.
  public init(_ text: String) throws {
    self.text = text
    do {
      pattern = try Pattern(text, place: "--answer-pattern")
    } catch {
      throw TrainingError.invalidOption(
        name: "answer-pattern", value: "\"\(text)\"", expected: "a regular expression")
    }
  }

  public static func == (left: AnswerPattern, right: AnswerPattern) -> Bool { left.text == right.text }

  /// nil also where the pattern takes too long, which `check` tells.
  package func answer(in output: String) -> String? {
    do { return try pattern.lastAnswer(in: output) } catch {
      failure.first.withLock { if $0 == nil { $0 = error } }
      return nil
    }
  }

  /// - Throws: where the pattern took more steps than a text of that length may cost.
  package func check() throws {
    if let error = failure.first.withLock({ $0 }) { throw error }
  }
}
