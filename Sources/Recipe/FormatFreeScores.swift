import Foundation

/// What a base scores where it need not know the form of the answers, and what is had without reading the questions at all: beside them an
/// adapter's score says how much of it was learned.
public struct FormatFreeScores: Hashable, Codable, Sendable {
  /// Generation as it is scored elsewhere, with some of the training examples before each prompt.
  public struct FewShot: Hashable, Codable, Sendable {
    /// Mean over examples, 0 to 1, with a bootstrap interval over examples.
    public var score: Interval
    /// Share of outputs that the strict parser did not accept, 0 to 1.
    public var parseFailureRate: Double
    /// Training examples before a prompt, at most.
    public var shots: Int
    /// Prompts with fewer than were asked for, or drawn where their number was left to the program.
    public var promptsWithFewer: Int
    /// Prompts that were answered.
    public var examples: Int

    public init(score: Interval, parseFailureRate: Double, shots: Int, promptsWithFewer: Int, examples: Int) {
      self.score = score
      self.parseFailureRate = parseFailureRate
      self.shots = shots
      self.promptsWithFewer = promptsWithFewer
      self.examples = examples
    }
  }

  /// The share of prompts after which the right option is the likeliest of a closed set.
  public struct Likelihood: Hashable, Codable, Sendable {
    /// By the options' log-likelihood, 0 to 1, with a bootstrap interval over examples or groups of them.
    public var plain: Interval
    /// By the log-likelihood per byte of the option's text.
    public var perByte: Interval
    /// Options of a prompt, on average.
    public var options: Double
    public var examples: Int
    /// Over what the intervals were taken; nil for single examples.
    public var groups: ExampleGroups?

    public init(plain: Interval, perByte: Interval, options: Double, examples: Int, groups: ExampleGroups? = nil) {
      self.plain = plain
      self.perByte = perByte
      self.options = options
      self.examples = examples
      self.groups = groups
    }
  }

  /// A score that needs no look at the prompt, and what it takes.
  public struct Chance: Hashable, Codable, Sendable {
    public enum Kind: String, Codable, Sendable {
      /// One of the options at random.
      case options = "chance"
      /// The option that is right most often.
      case majority = "majority"
      /// The training completion that does best as the answer to other training prompts.
      case constant = "one answer for all"
    }

    /// 0 to 1.
    public var score: Double
    public var kind: Kind

    public init(score: Double, kind: Kind) {
      self.score = score
      self.kind = kind
    }
  }

  public var fewShot: FewShot?
  public var likelihood: Likelihood?
  /// Beside the likelihood; without options beside the other scores.
  public var chance: Chance?
  /// Beside what is generated, where the options ask for something else than the task's own metric: a record's field, or a line of a summary.
  public var constant: Chance?

  public init(
    fewShot: FewShot? = nil, likelihood: Likelihood? = nil, chance: Chance? = nil, constant: Chance? = nil
  ) {
    self.constant = constant
    self.fewShot = fewShot
    self.likelihood = likelihood
    self.chance = chance
  }

  /// Widths for intervals of earlier versions that have none, though it was answers that came out alike.
  ///
  /// - Parameter groups: of the generated answers.
  mutating func open(groups: ExampleGroups?) {
    if let few = fewShot {
      fewShot?.score = few.score.opened(by: min(few.examples, groups?.count ?? few.examples))
    }
    if let options = likelihood {
      let count = options.groups?.count ?? options.examples
      likelihood?.plain = options.plain.opened(by: count)
      likelihood?.perByte = options.perByte.opened(by: count)
    }
  }

  /// The shots of a base's evaluation unless it is asked otherwise.
  public static let usualShots = 4

  /// `few-shot 41.2`, `likelihood 44.0`, `chance 25.0`: those that there are, in percent.
  public var parts: [String] {
    func percent(_ value: Double) -> String { String(format: "%.1f", 100 * value) }
    var parts: [String] = []
    if let fewShot { parts.append("few-shot \(percent(fewShot.score.estimate))") }
    if let likelihood { parts.append("likelihood \(percent(likelihood.plain.estimate))") }
    for chance in [chance, constant].compactMap({ $0 }) {
      parts.append("\(chance.kind.rawValue) \(percent(chance.score))")
    }
    return parts
  }
}

extension ScoreSummary {
  /// `base 0.0 · few-shot 41.2 · likelihood 44.0 · chance 25.0`, in percent; nil where nothing stands beside the score.
  ///
  /// - Parameter separator: between the parts.
  public func baseLine(separator: String = " · ") -> String? {
    guard let parts = formatFree?.parts, !parts.isEmpty else { return nil }
    return (["base " + String(format: "%.1f", 100 * score.estimate)] + parts).joined(separator: separator)
  }
}
