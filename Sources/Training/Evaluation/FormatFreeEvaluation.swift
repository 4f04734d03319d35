import Kernels
import Recipe
import Text
import Transformer

/// What a base scores where it need not know the form of the answers: shown some examples, and by the likelihood of options, with what is had without
/// reading the questions beside both.
public enum FormatFreeEvaluation {
  /// Prompts that are answered with examples before them, at most: they are several times as long as without.
  public static let mostAnswers = 100
  /// Prompts whose options are scored, at most.
  public static let mostChoices = 200
  /// How many plain answers of the base take as long as the options of one prompt: on the built-in tasks, whose options go from single words
  /// to whole records, between one and nine.
  public static let answersPerChoice = 4

  /// What is scored, and from what.
  public struct Material: Sendable {
    public var examples: [Example]
    /// What examples before a prompt, and labels, are taken from.
    public var training: [Example]
    public var metric: any Metric
    public var maxNewTokens: Int
    /// Examples before a prompt; nil for the usual number, 0 for no few-shot score.
    public var shots: Int?
    public var endsEarly: Bool
    /// What answers are computed in; likelihoods are FP32.
    public var arithmetic: ProductArithmetic
    /// What the examples are about, in the plural.
    public var groupNoun: String?

    public init(
      examples: [Example], training: [Example], metric: any Metric, maxNewTokens: Int, shots: Int?, endsEarly: Bool,
      arithmetic: ProductArithmetic = .float32, groupNoun: String? = nil
    ) {
      self.examples = examples
      self.training = training
      self.metric = metric
      self.maxNewTokens = maxNewTokens
      self.shots = shots
      self.endsEarly = endsEarly
      self.arithmetic = arithmetic
      self.groupNoun = groupNoun
    }
  }

  /// What is scored of more examples than are scored at most is drawn, always alike: a file may be sorted by its answers.
  ///
  /// - Parameters:
  ///   - note: is told why one of the scores cannot be had, in one line; the others are.
  ///   - progress: as of `Evaluation.run`, for one score after the other; false cancels.
  /// - Returns: nil if cancelled.
  public static func run(
    base: BaseModel, tokenizer: Tokenizer, tokenising: Tokenising, _ material: Material, team: WorkerTeam,
    note: (String) -> Void = { _ in },
    progress: (_ done: Int, _ total: Int, _ runningScore: Double) -> Bool = { _, _, _ in true }
  ) -> FormatFreeScores? {
    var cancelled = false
    func going(_ done: Int, _ total: Int, _ score: Double) -> Bool {
      if !progress(done, total, score) { cancelled = true }
      return !cancelled
    }
    var (scored, options) = (material.examples, nil as OptionSet?)
    if let all = OptionSet(of: material.examples, training: material.training, metric: material.metric) {
      if let without = all.note { note(without) }
      let places = FileTask.sample(all.places, count: mostChoices, seed: 0)
      (scored, options) = (places.map { material.examples[$0] }, all.at(places))
    } else {
      note("the likelihood of options is not scored: the answers are no closed set")
    }
    var scores = FormatFreeScores()
    scores.chance = FormatFreeScores.Chance(
      of: scored, training: material.training, options: options, metric: material.metric)
    if options?.source == .task {
      scores.constant = FormatFreeScores.Chance(
        of: material.examples, training: material.training, options: nil, metric: material.metric)
    }
    if let options {
      do {
        var found = try OptionLikelihood.run(
          base: base, adapter: nil, tokenising: tokenising, examples: scored,
          options: options.options.compactMap { $0 }, team: team, progress: going, note: note)
        found?.groupNoun = material.groupNoun
        // Without a number there is no choice, and 0 % would look like one.
        if let found, found.withoutLikeliest < found.outcomes.count { scores.likelihood = found.summary() }
      } catch {
        note("the likelihood of options is not scored: \(error)")
      }
    }
    guard !cancelled else { return nil }
    guard material.shots != 0 else { return scores }
    do {
      scores.fewShot = try fewShot(
        base: base, tokenizer: tokenizer, tokenising: tokenising, material, team: team, note: note, progress: going)
    } catch {
      note("the few-shot score is left out: \(error)")
    }
    return cancelled ? nil : scores
  }

  private static func fewShot(
    base: BaseModel, tokenizer: Tokenizer, tokenising: Tokenising, _ material: Material, team: WorkerTeam,
    note: (String) -> Void, progress: (Int, Int, Double) -> Bool
  ) throws -> FormatFreeScores.FewShot? {
    let examples = FileTask.sample(material.examples, count: mostAnswers, seed: 0)
    let shots = try FewShot(
      tokenising, training: material.training, before: material.examples, count: material.shots)
    guard !shots.shots.isEmpty else {
      note(
        "the few-shot score is left out: "
          + (material.training.isEmpty
            ? "there are no training examples to show" : "no training example fits before a prompt"))
      return nil
    }
    let fitted = try shots.fitted(
      examples, in: base.configuration, maxNewTokens: material.maxNewTokens, going: { progress(0, examples.count, 0) })
    guard let fitted else { return nil }
    guard let most = fitted.shots.max(), most > 0 else {
      note("the few-shot score is left out: no training example fits into the model's positions before a prompt")
      return nil
    }
    let result = try Evaluation.run(
      base: base, adapter: nil, tokenizer: tokenizer, tokenising: tokenising, examples: fitted.examples,
      metric: material.metric, maxNewTokens: material.maxNewTokens, endsEarly: material.endsEarly, ends: shots.ends,
      arithmetic: material.arithmetic, team: team, progress: progress, note: note)
    guard let result, result.failedAnswers < result.results.count else { return nil }
    return FormatFreeScores.FewShot(
      score: result.scoreInterval(), parseFailureRate: result.parseFailureRate, shots: most,
      promptsWithFewer: fitted.promptsWithFewer, examples: result.results.count)
  }
}
