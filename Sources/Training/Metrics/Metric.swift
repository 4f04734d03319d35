import Recipe
import Synchronization
import Text

/// A way to score a generated text.
public protocol Metric: Sendable {
  /// What reports call it, such as `exact match`.
  var name: String { get }
  func score(output: String, example: Example) -> ExampleScore

  /// What tells of an output's beginning whether everything in the score is settled by it, the value, whether it parsed, and the
  /// lenient value: every output that begins so is scored alike. Nil where only whole outputs can be scored.
  func settling(for example: Example) -> SettledByBeginning?

  /// The closed set of answers that the metric knows of for an example; nil where answers are free.
  func options(for example: Example) -> AnswerOptions?

  /// - Throws: where an answer since could not be looked for, so that its score means nothing.
  func check() throws
}

/// - Parameter beginning: whole characters, which the output has before any others.
public typealias SettledByBeginning = @Sendable (_ beginning: String) -> Bool

extension Metric {
  public func check() throws {}

  public func settling(for example: Example) -> SettledByBeginning? { nil }

  public func options(for example: Example) -> AnswerOptions? { nil }
}

/// What one output is worth.
public struct ExampleScore: Sendable, Codable, Equatable {
  /// 0…1 by the strict reading.
  public var value: Double
  /// Whether the output had the form that the strict reading asks for; if not, `value` is 0.
  public var parsed: Bool
  /// 0…1 when the answer is taken from anywhere in the output: the difference to `value` is what formatting alone costs.
  public var lenient: Double

  public init(value: Double, parsed: Bool, lenient: Double) {
    self.value = value
    self.parsed = parsed
    self.lenient = lenient
  }
}

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
