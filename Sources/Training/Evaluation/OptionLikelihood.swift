import Kernels
import Recipe
import Text
import Transformer

/// Scores a model by which option of a closed set it holds for the likeliest after the prompt. Nothing is generated, so that no answer's form
/// has to be known.
public enum OptionLikelihood {
  /// Examples between two passes, at most; fewer where their pictures are large.
  private static let groupSize = 64

  /// - Parameters:
  ///   - adapter: nil scores the base alone.
  ///   - options: in the order of the examples.
  ///   - progress: called after each pass with how many examples are done and the share that is right so far; false cancels.
  ///   - note: told once of examples without a likeliest option, since the model's logits are not finite; they count as wrong.
  /// - Returns: results in the examples' order, nil if cancelled.
  /// - Throws: `TrainingError.cannotGenerate` for an option of no token, `DecoderError` for what does not fit the model, and as
  ///   `Tokenising.prompt(for:)`.
  public static func run(
    base: BaseModel, adapter: LoRAAdapter?, tokenising: Tokenising, examples: [Example], options: [AnswerOptions],
    team: WorkerTeam, progress: (_ done: Int, _ total: Int, _ runningScore: Double) -> Bool = { _, _, _ in true },
    note: (String) -> Void = { _ in }
  ) throws -> LikelihoodResult? {
    var results: [LikelihoodResult.Outcome] = []
    let end = tokenising.answerEnd.token
    var prompts: [ExamplePrompt] = []
    var continuations: [[[Int32]]] = []
    for (example, options) in zip(examples, options) {
      let (prompt, tokens) = try tokenising.placed(example, "evaluation") {
        try tokenising.continuations(options.texts, of: example)
      }
      prompts.append(prompt)
      continuations.append(tokens)
    }
    for group in Evaluation.groups(of: prompts, atMost: groupSize) {
      let requests = try group.map { place in
        Continuations(
          prompt: prompts[place].prompt, options: try ended(continuations[place], of: examples[place], by: end))
      }
      var right = results.count { $0.isRight }
      let found = try Scoring.continuations(base: base, adapter: adapter, requests, team: team) { done in
        progress(group.lowerBound + done, examples.count, Double(right) / Double(max(1, results.count)))
      }
      guard let found else { return nil }
      results += zip(group, found).map {
        LikelihoodResult.Outcome(options: options[$0], logLikelihoods: $1, group: examples[$0].group)
      }
      right = results.count { $0.isRight }
      guard progress(results.count, examples.count, Double(right) / Double(results.count)) else { return nil }
    }
    let result = LikelihoodResult(outcomes: results)
    if result.withoutLikeliest > 0 {
      note(
        "\(result.withoutLikeliest) of \(results.count) examples have no likeliest option and count as wrong: the model's logits are not "
          + "finite; weights or adapter hold what is no number, or are too large")
    }
    return result
  }

  /// Tokens of the longest option, with what may have to end it: the room that a prompt has to leave.
  public static func mostTokens(of options: OptionSet, tokenising: Tokenising) -> Int {
    var known: [String: Int] = [:]
    for text in options.options.lazy.compactMap({ $0?.texts }).joined() where known[text] == nil {
      known[text] = tokenising.encode(text).count
    }
    return max(1, (known.values.max() ?? 0) + (tokenising.answerEnd.token == nil ? 0 : 1))
  }

  /// Without a token that ends them; with it where an option begins as another goes on, for the shorter of two such would never be the less
  /// likely.
  private static func ended(_ tokens: [[Int32]], of example: Example, by end: Int32?) throws -> [[Int32]] {
    guard !tokens.contains(where: \.isEmpty) else {
      throw TrainingError.cannotGenerate(example: example.id, reason: "an option has no token of the tokenizer's")
    }
    let isBeginning = tokens.indices.contains { place in
      tokens.indices.contains { $0 != place && tokens[$0].starts(with: tokens[place]) }
    }
    guard isBeginning, let end else { return tokens }
    return tokens.map { $0 + [end] }
  }
}

/// Log-likelihoods of options, in the examples' order.
public struct LikelihoodResult: Sendable, Equatable {
  public struct Outcome: Sendable, Equatable {
    public var options: AnswerOptions
    /// Natural logarithms, in the options' order.
    public var logLikelihoods: [Double]
    /// What the example is about.
    public var group: String?

    public init(options: AnswerOptions, logLikelihoods: [Double], group: String? = nil) {
      self.options = options
      self.logLikelihoods = logLikelihoods
      self.group = group
    }

    /// By byte of the option's UTF-8 text, so that a long option is not unlikely for its length.
    public var perByte: [Double] { zip(logLikelihoods, options.texts).map { $0 / Double(max(1, $1.utf8.count)) } }

    /// The place of the likeliest; of equals the first. Nil where none is a number.
    public var likeliest: Int? { Self.place(ofLargest: logLikelihoods) }
    public var likeliestPerByte: Int? { Self.place(ofLargest: perByte) }
    var isRight: Bool { likeliest == options.right }

    private static func place(ofLargest values: [Double]) -> Int? {
      values.indices.filter { !values[$0].isNaN }.max { (values[$0], $1) < (values[$1], $0) }
    }
  }

  public var outcomes: [Outcome]
  /// What the examples are about, in the plural.
  public var groupNoun: String?

  public init(outcomes: [Outcome], groupNoun: String? = nil) {
    self.outcomes = outcomes
    self.groupNoun = groupNoun
  }

  /// Examples whose log-likelihoods are no numbers.
  public var withoutLikeliest: Int { outcomes.count { $0.likeliest == nil } }

  /// The shares of right choices with 95 % bootstrap intervals, over groups of examples where there are such.
  public func summary(seed: UInt64 = 0) -> FormatFreeScores.Likelihood {
    let grouping = ExampleGrouping(outcomes.map(\.group))
    func share(_ isRight: (Outcome) -> Bool) -> Interval {
      Bootstrap.mean(outcomes.map { isRight($0) ? 1 : 0 }, grouping, seed: seed)
    }
    let options = outcomes.reduce(0) { $0 + Double($1.options.texts.count) } / Double(max(1, outcomes.count))
    return FormatFreeScores.Likelihood(
      plain: share(\.isRight), perByte: share { $0.likeliestPerByte == $0.options.right }, options: options,
      examples: outcomes.count,
      groups: grouping?.ofIntervals.map { ExampleGroups(count: $0.count, noun: groupNoun ?? "groups") })
  }
}
