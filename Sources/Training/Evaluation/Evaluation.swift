import Kernels
import Recipe
import Text
import Transformer

/// Scores a model by what it writes: greedy generation, unmerged adapter, several examples at a time.
public enum Evaluation {
  /// Generates and scores all examples.
  ///
  /// - Parameters:
  ///   - adapter: nil evaluates the base alone.
  ///   - tokenising: how prompts are written out; nil takes plain text.
  ///   - maxNewTokens: an output is cut there if no end-of-text token comes before.
  ///   - slots: sequences decoded together; nil for as many as `InferenceMemory.slots` says. No bit depends on them, nor on company,
  ///     order and threads.
  ///   - endsEarly: whether an answer whose score is settled is ended there. All scores are as without it.
  ///   - ends: texts that end an answer and are no part of it.
  ///   - stopping: false lets every answer run to `maxNewTokens`, for measuring how fast answers are written.
  ///   - arithmetic: what answers are computed in, prompts and new tokens alike.
  ///   - writer: what writes the answers, where that is not this process; `base`'s shape, `slots`, `arithmetic` and `team` are then of no
  ///     consequence.
  ///   - progress: called after each example with how many are done and their mean score; false cancels.
  ///   - note: told once of what a person should know: that fewer answers are written together than usual, for want of memory, and that
  ///     examples have no answer because the model's logits are not finite. These are scored as wrong, and the others go on.
  /// - Returns: results in the examples' order, nil if cancelled.
  /// - Throws: `TrainingError.cannotGenerate` for a prompt that does not fit the model, `.cannotSee` for one whose picture cannot be read
  ///   or shown, `.invalidOption` for an arithmetic that this machine has not, before anything is generated.
  public static func run(
    base: BaseModel, adapter: LoRAAdapter?, tokenizer: Tokenizer, tokenising: Tokenising? = nil, examples: [Example],
    metric: any Metric, maxNewTokens: Int, slots: Int? = nil, endsEarly: Bool = true, ends: [String] = [],
    stopping: Bool = true, arithmetic: ProductArithmetic = .float32, team: WorkerTeam,
    writer: (any AnswerWriting)? = nil,
    progress: (_ done: Int, _ total: Int, _ runningScore: Double) -> Bool = { _, _, _ in true },
    note: (String) -> Void = { _ in }
  ) throws -> EvaluationResult? {
    guard arithmetic.isAvailable else {
      throw TrainingError.invalidOption(
        name: "eval-bf16", value: "on", expected: "left out here: it needs \(TrainingOptions.bf16Needs)")
    }
    let tokenising = tokenising ?? Tokenising(tokenizer)
    let prompts = try prompts(for: examples, tokenising: tokenising, base: base, maxNewTokens: maxNewTokens)
    let stop = stopping ? tokenising.stopTokens : []
    let longest = prompts.map(\.tokens.count).max() ?? 0
    let positions = min(base.configuration.maxPositions, longest + maxNewTokens - 1)
    let most = Self.slots(
      base.configuration, prompts: prompts.count, positions: positions, adapter: adapter?.specification)
    if slots == nil, writer == nil,
      let fewer = InferenceMemory.fewerSlots(most, base.configuration, positions: positions, for: prompts.count)
    {
      note(fewer)
    }
    let early =
      endsEarly && stopping
      ? EarlyStop(
        tokenizer, tokenising: tokenising, examples: examples, metric: metric, maxNewTokens: maxNewTokens) : nil
    let answerEnds = AnswerEnds(tokenizer: tokenizer, ends: stopping ? ends : [])
    var results: [ExampleOutcome?] = Array(repeating: nil, count: examples.count)
    var done = 0
    var sum = 0.0
    var cancelled = false
    var failed: Set<Int> = []
    func finish(_ index: Int, _ tokens: [Int32], isCut: Bool) {
      let kept = tokens.prefix { !stop.contains($0) }
      var output = tokenising.answer(
        answerEnds.cut(tokenizer.decode(Array(kept), skipSpecial: true)), to: examples[index])
      var score = metric.score(output: output, example: examples[index])
      if failed.contains(index) {
        output += (output.isEmpty ? "" : " ") + ExampleOutcome.notFinite
        score = ExampleScore(value: 0, parsed: false, lenient: 0)
      }
      results[index] = ExampleOutcome(
        index: index, prompt: examples[index].prompt, expected: examples[index].completion, output: output,
        score: score.value, parsed: score.parsed, lenient: score.lenient, outputTokens: kept.count,
        isCut: isCut, group: examples[index].group)
      done += 1
      sum += score.value
      if !progress(done, examples.count, sum / Double(done)) { cancelled = true }
    }
    if let writer {
      try writer.write(prompts.map(\.tokens), maxNewTokens: maxNewTokens, stop: stop) { index, tokens, isFinite in
        if !isFinite { failed.insert(index) }
        let ends = stride(from: EarlyStop.interval, through: tokens.count, by: EarlyStop.interval)
        let end = ends.first { early?.ends(index, Array(tokens.prefix($0))) == true }
        finish(index, Array(tokens.prefix(end ?? tokens.count)), isCut: end != nil)
        return !cancelled
      }
      try metric.check()
      try tokenizer.check()
    }
    for group in writer == nil ? groups(of: prompts) : [] where !cancelled {
      var isFinished: (@Sendable (Int, [Int32]) -> Bool)?
      if early != nil || !answerEnds.ends.isEmpty {
        isFinished = { early?.ends(group.lowerBound + $0, $1) == true || answerEnds.hasEnded($1) }
      }
      _ = try Generation.generate(
        base: base, adapter: adapter, prompts: prompts[group].map(\.prompt), maxNewTokens: maxNewTokens, stop: stop,
        sampler: .greedy, slots: max(1, slots ?? most), arithmetic: arithmetic, streams: false, team: team,
        isFinished: isFinished,
        shouldStop: { cancelled },
        onFinished: { place, tokens in
          let index = group.lowerBound + place
          finish(index, tokens, isCut: early?.ends(index, tokens) == true)
        },
        onNotFinite: { failed.insert(group.lowerBound + $0) })
      try metric.check()
      try tokenizer.check()
    }
    let finished = results.compactMap { $0 }
    guard finished.count == examples.count else { return nil }
    if let first = failed.min() {
      let count = failed.count == 1 ? "1 example has" : "\(failed.count) of \(examples.count) examples have"
      note(
        "\(count) no answer and count as wrong, example \(examples[first].id) first: the model's logits are not finite; "
          + "weights or adapter hold what is no number, or are too large")
    }
    return EvaluationResult(metric: metric.name, results: finished, failedAnswers: failed.count)
  }

  /// How many answers are written together unless it is asked otherwise.
  ///
  /// - Parameters:
  ///   - prompts: how many there are.
  ///   - positions: of the longest prompt with its answer.
  ///   - available: bytes that are free.
  static func slots(
    _ configuration: ModelConfiguration, prompts: Int, positions: Int, adapter: LoRASpecification?,
    available: Int = MemoryLimit.current.available
  ) -> Int {
    let fitting = InferenceMemory.slots(
      configuration, positions: positions, beside: adapter.map { [$0] } ?? [], available: available)
    return min(max(16, prompts), fitting)
  }

  /// Bytes of pixels that are floats at a time.
  private static let mostPixelBytes = 1 << 29

  /// All prompts at once, or as many as their pixels and `most` allow: a group ends when its last sequence has ended.
  static func groups(of prompts: [ExamplePrompt], atMost most: Int = .max) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var start = 0
    var bytes = 0
    for (index, prompt) in prompts.enumerated() {
      if index > start, index - start >= most || bytes + prompt.pixelBytes > mostPixelBytes {
        groups.append(start..<index)
        (start, bytes) = (index, 0)
      }
      bytes += prompt.pixelBytes
    }
    return groups + (start < prompts.count ? [start..<prompts.count] : [])
  }

  /// Whether all of them can be evaluated, as `run` finds it out, without generating anything.
  ///
  /// - Throws: `TrainingError.cannotGenerate`, `.cannotRender`, `.invalidOption`.
  /// - Returns: tokens of each prompt.
  @discardableResult
  public static func check(
    _ examples: [Example], tokenising: Tokenising, base: BaseModel, maxNewTokens: Int
  ) throws -> [Int] {
    try prompts(for: examples, tokenising: tokenising, base: base, maxNewTokens: maxNewTokens).map(\.tokens.count)
  }

  /// Prefix and prompt of each example. An empty prompt without a beginning-of-text token starts from the end-of-text token, as
  /// models without one are trained to.
  private static func prompts(
    for examples: [Example], tokenising: Tokenising, base: BaseModel, maxNewTokens: Int
  ) throws -> [ExamplePrompt] {
    guard maxNewTokens >= 1 else {
      throw TrainingError.invalidOption(
        name: "max-new-tokens", value: "\(maxNewTokens)", expected: "a whole number from 1 up")
    }
    let limit = base.configuration.maxPositions
    return try examples.map { example in
      var prompt = try tokenising.placed(example, "evaluation") { try tokenising.prompt(for: example) }
      if prompt.tokens.isEmpty {
        guard let endOfText = tokenising.endOfText else {
          throw TrainingError.cannotGenerate(
            example: example.id, reason: "the prompt is empty and the tokenizer has no token to begin with")
        }
        prompt.tokens = [endOfText]
      }
      let tokens = prompt.tokens
      let room = limit - tokens.count + 1
      guard maxNewTokens <= room else {
        throw TrainingError.cannotGenerate(
          example: example.id,
          reason:
            "a prompt of \(tokens.count) tokens and \(maxNewTokens) new ones exceed the model's \(limit) positions; "
            + (room > 0 ? "\(room) new ones fit (--max-new-tokens), or leave it out" : "leave it out"))
      }
      if let token = tokens.first(where: { $0 < 0 || Int($0) >= base.configuration.vocabularySize }) {
        throw TrainingError.cannotGenerate(
          example: example.id,
          reason: "token \(token) is not among the model's \(base.configuration.vocabularySize); "
            + "is this the model's tokenizer?")
      }
      return prompt
    }
  }
}

/// An evaluation's examples in order, and their means.
public struct EvaluationResult: Sendable, Equatable {
  public var metric: String
  public var results: [ExampleOutcome]
  /// Examples without an answer, since the model's logits were not finite.
  public var failedAnswers = 0
  /// What the examples are about, in the plural.
  public var groupNoun: String?

  package init(metric: String, results: [ExampleOutcome], failedAnswers: Int = 0, groupNoun: String? = nil) {
    self.metric = metric
    self.results = results
    self.failedAnswers = failedAnswers
    self.groupNoun = groupNoun
  }

  /// Mean strict score, 0…1; NaN without examples.
  public var score: Double { mean(\.score) }
  /// Mean lenient score, 0…1.
  public var lenient: Double { mean(\.lenient) }
  /// Share of the outputs that the strict reading could not parse.
  public var parseFailureRate: Double { mean { $0.parsed ? 0 : 1 } }
  /// Generated tokens of an example, of those of an answer that was ended early as far as it went.
  public var meanOutputTokens: Double { mean { Double($0.outputTokens) } }

  /// The score with its 95 % bootstrap interval, over groups of examples where there are such.
  public func scoreInterval(seed: UInt64 = 0) -> Interval {
    Bootstrap.mean(results.map(\.score), grouping, seed: seed)
  }

  private var grouping: ExampleGrouping? { ExampleGrouping(results.map(\.group)) }

  /// Over what the interval was taken; nil for single examples.
  public var groups: ExampleGroups? {
    grouping?.ofIntervals.map { ExampleGroups(count: $0.count, noun: groupNoun ?? "groups") }
  }

  /// The means without the examples.
  public var summary: ScoreSummary {
    ScoreSummary(
      metric: metric, score: scoreInterval(), examples: results.count, parseFailureRate: parseFailureRate,
      lenient: lenient, meanOutputTokens: meanOutputTokens, cutAnswers: results.count { $0.isCut },
      failedAnswers: failedAnswers, groups: groups)
  }

  private func mean(_ value: (ExampleOutcome) -> Double) -> Double {
    results.isEmpty ? .nan : results.reduce(0) { $0 + value($1) } / Double(results.count)
  }
}
