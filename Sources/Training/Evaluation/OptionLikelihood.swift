import Kernels
import Recipe
import Text
import Transformer

/// Scores a model by which option of a closed set it holds for the likeliest after the prompt. Nothing is generated, so that no answer's form
/// has to be known.
public enum OptionLikelihood {
  /// Examples whose pixels are floats at a time.
  private static let groupSize = 64

  /// - Parameters:
  ///   - adapter: nil scores the base alone.
  ///   - options: in the order of the examples.
  ///   - progress: called after each pass with how many examples are done and the share that is right so far; false cancels.
  /// - Returns: results in the examples' order, nil if cancelled.
  /// - Throws: `TrainingError.cannotGenerate` for an option of no token, `DecoderError` for what does not fit the model, and as
  ///   `Tokenising.prompt(for:)`.
  public static func run(
    base: BaseModel, adapter: LoRAAdapter?, tokenising: Tokenising, examples: [Example], options: [AnswerOptions],
    team: WorkerTeam, progress: (_ done: Int, _ total: Int, _ runningScore: Double) -> Bool = { _, _, _ in true }
  ) throws -> LikelihoodResult? {
    var results: [LikelihoodResult.Outcome] = []
    for start in stride(from: 0, to: min(examples.count, options.count), by: groupSize) {
      let group = start..<min(start + groupSize, examples.count, options.count)
      let requests = try group.map {
        try request(examples[$0], options: options[$0], tokenising: tokenising)
      }
      var right = results.count { $0.isRight }
      let found = try Scoring.continuations(base: base, adapter: adapter, requests, team: team) { done in
        progress(start + done, examples.count, Double(right) / Double(max(1, results.count)))
      }
      guard let found else { return nil }
      results += zip(group, found).map { LikelihoodResult.Outcome(options: options[$0], logLikelihoods: $1) }
      right = results.count { $0.isRight }
      guard progress(results.count, examples.count, Double(right) / Double(results.count)) else { return nil }
    }
    return LikelihoodResult(outcomes: results)
  }

  private static func request(
    _ example: Example, options: AnswerOptions, tokenising: Tokenising
  ) throws -> Continuations {
    var prompt = try tokenising.placed(example, "evaluation") { try tokenising.prompt(for: example) }.prompt
    if prompt.tokens.isEmpty, let endOfText = tokenising.endOfText { prompt.tokens = [endOfText] }
    // As training tokenises a completion, without the token that ends it.
    let tokens = options.texts.map { tokenising.encode($0) }
    guard !tokens.contains(where: \.isEmpty) else {
      throw TrainingError.cannotGenerate(example: example.id, reason: "an option has no token of the tokenizer's")
    }
    return Continuations(prompt: prompt, options: tokens)
  }
}

/// Log-likelihoods of options, in the examples' order.
public struct LikelihoodResult: Sendable, Equatable {
  public struct Outcome: Sendable, Equatable {
    public var options: AnswerOptions
    /// Natural logarithms, in the options' order.
    public var logLikelihoods: [Double]

    public init(options: AnswerOptions, logLikelihoods: [Double]) {
      self.options = options
      self.logLikelihoods = logLikelihoods
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

  public init(outcomes: [Outcome]) { self.outcomes = outcomes }

  /// The shares of right choices with 95 % bootstrap intervals over examples.
  public func summary(seed: UInt64 = 0) -> FormatFreeScores.Likelihood {
    func share(_ isRight: (Outcome) -> Bool) -> Interval {
      Bootstrap.mean(outcomes.map { isRight($0) ? 1 : 0 }, seed: seed)
    }
    let options = outcomes.reduce(0) { $0 + Double($1.options.texts.count) } / Double(max(1, outcomes.count))
    return FormatFreeScores.Likelihood(
      plain: share(\.isRight), perByte: share { $0.likeliestPerByte == $0.options.right }, options: options,
      examples: outcomes.count)
  }
}
