import Recipe
import Text

/// A closed set of texts that may follow a prompt, of which one is right.
public struct AnswerOptions: Sendable, Codable, Equatable {
  public var texts: [String]
  /// The place of the right one.
  public var right: Int

  /// Nil where there is nothing to choose: fewer than two texts, an empty one, two that are the same, or none that is right.
  public init?(_ texts: [String], right: Int?) {
    guard let right, texts.indices.contains(right), texts.count > 1, Set(texts).count == texts.count,
      !texts.contains(where: \.isEmpty)
    else { return nil }
    self.texts = texts
    self.right = right
  }

  /// The right text among others that differ from it and from each other, in an order that `generator` decides.
  public init?(right: String, wrong: [String], _ generator: inout SplitMix64) {
    var texts: [String] = []
    for text in wrong where text != right && !texts.contains(text) { texts.append(text) }
    let place = generator.below(texts.count + 1)
    texts.insert(right, at: place)
    self.init(texts, right: place)
  }
}

/// The options of a data set's evaluation examples.
public struct OptionSet: Sendable {
  /// In the order of the examples; nil for one that has none.
  public let options: [AnswerOptions?]
  public enum Source: Sendable {
    /// The task's own, which may ask for less than its metric does.
    case task
    case metric
    /// All completions, the same for all prompts.
    case labels
  }

  public let source: Source

  /// Labels of a person's file, at most.
  static let mostLabels = 20

  /// The task's own options; else the metric's, if more than half of the examples have some; else, where completions are few and each comes at
  /// least twice, all of them.
  ///
  /// - Parameter training: completions of these count as labels too.
  /// - Returns: nil where answers are free.
  public init?(of examples: [Example], training: [Example], metric: any Metric) {
    guard !examples.isEmpty else { return nil }
    let ways: [(source: Source, find: (Example) -> AnswerOptions?)] = [
      (.task, { $0.options }), (.metric, { metric.options(for: $0) }),
    ]
    for way in ways {
      let found = examples.map(way.find)
      guard 2 * found.count(where: { $0 != nil }) > examples.count else { continue }
      (options, source) = (found, way.source)
      return
    }
    var counts: [String: Int] = [:]
    for example in training + examples {
      counts[example.completion, default: 0] += 1
      // Texts without end are not held against each other.
      if counts.count > Self.mostLabels { return nil }
    }
    guard counts.values.allSatisfy({ $0 > 1 }) else { return nil }
    let labels = counts.keys.sorted()
    options = examples.map { AnswerOptions(labels, right: labels.firstIndex(of: $0.completion)) }
    guard !options.contains(nil) else { return nil }
    source = .labels
  }

  private init(_ options: [AnswerOptions?], _ source: Source) {
    self.options = options
    self.source = source
  }

  /// Those of some of the examples, by their places.
  public func at(_ places: [Int]) -> OptionSet { OptionSet(places.map { options[$0] }, source) }

  /// Places of the examples that have options, in their order.
  public var places: [Int] { options.indices.filter { options[$0] != nil } }

  /// What is said where some examples have none; nil where all have.
  public var note: String? {
    let without = options.count { $0 == nil }
    return without == 0
      ? nil
      : "\(without) of \(options.count) examples are not scored by likelihood: each has no options, the same one twice, or none that is right"
  }
}

extension FormatFreeScores.Chance {
  /// Completions that are tried as the one answer to all, and examples on which they are.
  private static let (mostAnswers, mostTrials) = (16, 32)

  /// What is scored without a look at the prompts: of closed sets one in so many, or the share of the commonest label if that is more; of free answers the
  /// training completion that does best on other training examples.
  ///
  /// - Returns: nil without options and without training examples.
  public init?(of examples: [Example], training: [Example], options: OptionSet?, metric: any Metric) {
    guard !examples.isEmpty else { return nil }
    let count = Double(examples.count)
    if let options {
      let all = options.options.compactMap { $0 }
      guard !all.isEmpty else { return nil }
      let random = all.reduce(0) { $0 + 1 / Double($1.texts.count) } / Double(all.count)
      self.init(score: random, kind: .options)
      guard options.source == .labels else { return }
      // The commonest label of what is trained on: what is evaluated on may not choose it.
      var counts: [String: Int] = [:]
      for example in training.isEmpty ? examples : training { counts[example.completion, default: 0] += 1 }
      let commonest = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      let share = Double(examples.count { $0.completion == commonest }) / count
      if share > random { self.init(score: share, kind: .majority) }
      return
    }
    // No completion is tried on the example that it is taken from.
    let trials = training.suffix(min(Self.mostTrials, training.count / 2))
    var answers: [String] = []
    for example in training.dropLast(trials.count) where !answers.contains(example.completion) {
      answers.append(example.completion)
      if answers.count == Self.mostAnswers { break }
    }
    func mean(_ answer: String, on examples: some Collection<Example>) -> Double {
      examples.reduce(0) { $0 + metric.score(output: answer, example: $1).value } / Double(max(1, examples.count))
    }
    let tried = answers.map { ($0, mean($0, on: trials)) }
    guard let best = tried.max(by: { $0.1 < $1.1 })?.0 else { return nil }
    self.init(score: mean(best, on: examples), kind: .constant)
  }
}
