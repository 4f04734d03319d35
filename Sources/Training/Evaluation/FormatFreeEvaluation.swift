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
    /// Examples before a prompt; nil for the usual number.
    public var shots: Int?
    public var endsEarly: Bool
    /// What answers are computed in; likelihoods are FP32.
    public var arithmetic: ProductArithmetic

    public init(
      examples: [Example], training: [Example], metric: any Metric, maxNewTokens: Int, shots: Int?, endsEarly: Bool,
      arithmetic: ProductArithmetic = .float32
    ) {
      self.examples = examples
      self.training = training
      self.metric = metric
      self.maxNewTokens = maxNewTokens
      self.shots = shots
      self.endsEarly = endsEarly
      self.arithmetic = arithmetic
    }
  }

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
    let options = OptionSet(of: material.examples, training: material.training, metric: material.metric)
    var scores = FormatFreeScores()
    scores.chance = FormatFreeScores.Chance(
      of: material.examples, training: material.training, options: options, metric: material.metric)
    if options?.source == .task {
      scores.constant = FormatFreeScores.Chance(
        of: material.examples, training: material.training, options: nil, metric: material.metric)
    }
    if let options {
      do {
        scores.likelihood = try OptionLikelihood.run(
          base: base, adapter: nil, tokenising: tokenising, examples: Array(material.examples.prefix(mostChoices)),
          options: options.options, team: team, progress: going)?.summary()
      } catch {
        note("the likelihood of options is not scored: \(error)")
      }
    }
    guard !cancelled else { return nil }
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
    let examples = Array(material.examples.prefix(mostAnswers))
    let shots = try FewShot(
      tokenising, training: material.training, before: material.examples, count: material.shots)
    guard !shots.shots.isEmpty else {
      note(
        "the few-shot score is left out: "
          + (material.training.isEmpty
            ? "there are no training examples to show" : "no training example fits before a prompt"))
      return nil
    }
    let (fitted, counts) = try shots.fitted(
      examples, in: base.configuration, maxNewTokens: material.maxNewTokens)
    guard let most = counts.max(), most > 0 else {
      note("the few-shot score is left out: no training example fits into the model's positions before a prompt")
      return nil
    }
    let result = try Evaluation.run(
      base: base, adapter: nil, tokenizer: tokenizer, tokenising: tokenising, examples: fitted,
      metric: material.metric, maxNewTokens: material.maxNewTokens, endsEarly: material.endsEarly, ends: shots.ends,
      arithmetic: material.arithmetic, team: team, progress: progress)
    return result.map {
      FormatFreeScores.FewShot(
        score: $0.scoreInterval(), parseFailureRate: $0.parseFailureRate, shots: most,
        promptsWithFewer: counts.count { $0 < most }, examples: $0.results.count)
    }
  }
}
