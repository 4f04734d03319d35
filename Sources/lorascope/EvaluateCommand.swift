import ArgumentParser
import Builtin
import Foundation
import Kernels
import Messages
import Recipe
import Training
import Transformer

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score a model, with or without an adapter, by what it generates.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: ArgumentHelp(DataFlags.help, valueName: "task|file|name:path")) var data: String
  @Option(help: "Examples; a file is taken whole unless this is given.") var examples: Int?
  @Option(help: .setting("evaluation_split")) var evalSplit = RunSettings.EvaluationSplit.evaluation
  @Option(
    help: ArgumentHelp(
      "Which generated world a built-in task's examples are of (default: \(TaskVersion.present)).",
      valueName: "version"))
  var dataVersion: Int?
  @Option(help: "Most new tokens of an answer (default: the task's own, 128 for a file).") var maxNewTokens: Int?
  @Flag(help: "Let each answer go on to its end, where nothing that follows can change its score too.")
  var noEarlyStop = false
  @Flag(help: "Score in bfloat16: the products of prompts and answers, where the processor has AVX512-BF16.")
  var evalBf16 = false
  @Option(help: "Training examples before each prompt, from a built-in task's training split or from --train.")
  var fewShot: Int?
  @Flag(help: "Score by which option of a closed set is the likeliest after the prompt; nothing is generated.")
  var likelihood = false
  @Option(help: ArgumentHelp("A file that --few-shot takes examples from, and labels.", valueName: "file"))
  var train: String?
  @OptionGroup var form: DataFormFlags
  @Option(help: "Sample outputs to show.") var samples = 3
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  struct Report: Encodable {
    struct Sample: Encodable {
      var prompt: String
      var expected: String
      var output: String
      var score: Double
      var parsed: Bool
      var isCut: Bool
      /// What it is about.
      var group: String?
    }
    var metric: String
    /// Of a built-in task.
    var dataVersion: Int?
    var examples: Int
    var score: Double
    var scoreInterval: [Double]
    /// Over what the interval was taken; absent for single examples.
    var scoreGroups: ExampleGroups?
    var parseFailureRate: Double
    var lenientScore: Double
    var meanOutputTokens: Double
    /// Answers that were ended early.
    var cutAnswers: Int
    /// Examples without an answer, since the model's logits were not finite; scored as wrong.
    var failedAnswers: Int
    /// What answers were computed in.
    var arithmetic: ProductArithmetic
    var samples: [Sample]
    /// Of --few-shot: examples before a prompt, and prompts with fewer.
    var shots: Int?
    var promptsWithFewerShots: Int?
    /// Without a look at the prompts.
    var chance: Double?
    var chanceKind: String?
  }

  /// Of --likelihood.
  struct LikelihoodReport: Encodable {
    struct Sample: Encodable {
      var prompt: String
      var options: [String]
      var logLikelihoods: [Double?]
      var right: Int
      var likeliest: Int?
      var likeliestPerByte: Int?
    }
    /// Of a built-in task.
    var dataVersion: Int?
    /// Those that have options.
    var examples: Int
    var options: Double
    var score: Double
    var scoreInterval: [Double]
    /// Over what the intervals were taken; absent for single examples.
    var scoreGroups: ExampleGroups?
    var perByteScore: Double
    var perByteScoreInterval: [Double]
    var chance: Double?
    var chanceKind: String?
    var shots: Int?
    var promptsWithFewerShots: Int?
    var samples: [Sample]
  }

  func validate() throws {
    if likelihood, evalBf16 { throw ValidationError("--likelihood is computed in FP32: leave --eval-bf16 out") }
    if evalBf16 { try TrainingFlags.checkEvalBF16() }
    try ArgumentRange.examples(examples)
    try ArgumentRange.newTokens(maxNewTokens)
    try ArgumentRange.threads(threads)
    try ArgumentRange.samples(samples)
    try ArgumentRange.check(fewShot, "few-shot", TrainingLimits.shots)
    try ArgumentRange.check(dataVersion, "data-version", TrainingLimits.dataVersions)
    if train != nil, fewShot == nil, !likelihood {
      throw ValidationError("--train is for --few-shot and --likelihood")
    }
    if likelihood, maxNewTokens != nil || noEarlyStop {
      throw ValidationError("--likelihood generates nothing: leave --max-new-tokens and --no-early-stop out")
    }
  }

  func run() throws {
    let needsTraining = (fewShot != nil || likelihood) && train == nil
    let task = try TaskArgument.task(
      data, form: form, count: examples, trainingCount: needsTraining ? nil : 0, version: version)
    guard dataVersion == nil || task is any BuiltinTask else {
      throw CommandError("--data-version is for built-in tasks, and '\(data)' is none", status: 64)
    }
    guard evalSplit == .evaluation || task is any BuiltinTask else {
      throw CommandError("--eval-split is for built-in tasks: of '\(data)' what the file holds is scored", status: 64)
    }
    let loaded = try LoadedModel.load(model.reference)
    let lora = try LoadedModel.adapter(adapter, for: loaded.model, of: model.reference)
    let chosen = task.examples(
      split: evalSplit == .tuning ? .tuning : .evaluation, count: examples ?? TaskArgument.defaultCount(task), seed: 0)
    guard !chosen.isEmpty else { throw CommandError("\(data): nothing to evaluate on", status: 65) }
    let settings = form.settings()
    let tokenising = Tokenising(
      loaded.tokenizer, chat: try settings.chat(modelFolder: loaded.folder), turns: settings.trainedTurns,
      sight: loaded.sight)
    let training = try training(for: task, chosen)
    let options = likelihood ? OptionSet(of: chosen, training: training, metric: task.metric) : nil
    let newTokens =
      options.map { OptionLikelihood.mostTokens(of: $0, tokenising: tokenising) } ?? maxNewTokens ?? task.maxNewTokens
    let team = LoadedModel.team(threads)
    if likelihood {
      guard let options else {
        throw CommandError(
          "\(data): the answers are no closed set (options of the task, or completions that each come twice and are few)",
          status: 65)
      }
      let places = options.places
      let scored = places.map { chosen[$0] }
      let own = options.at(places)
      if let without = options.note { ProgressLine().note("note: \(without)") }
      let context = try Context(
        fewShot, tokenising: tokenising, training: training, examples: scored, model: loaded, maxNewTokens: newTokens)
      return try printLikelihood(
        loaded, lora, tokenising: tokenising, scored, options: own, task: task, context: context,
        chance: chance(scored, training, own, task.metric), team: team)
    }
    let context = try Context(
      fewShot, tokenising: tokenising, training: training, examples: chosen, model: loaded, maxNewTokens: newTokens)
    let chance = fewShot != nil ? self.chance(chosen, training, nil, task.metric) : nil
    let line = ProgressLine()
    let arithmetic: ProductArithmetic = evalBf16 ? .bfloat16 : .float32
    let result = try Evaluation.run(
      base: loaded.model, adapter: lora, tokenizer: loaded.tokenizer, tokenising: tokenising,
      examples: context.examples, metric: task.metric, maxNewTokens: newTokens, endsEarly: !noEarlyStop,
      ends: context.ends, arithmetic: arithmetic, team: team,
      progress: { done, total, running in
        line.show(
          "evaluating", fraction: Double(done) / Double(total),
          detail: String(format: "%d/%d  score so far %.1f %%", done, total, 100 * running))
        return true
      },
      note: { line.note("note: \($0)") })
    line.finish()
    guard var result else { throw CommandError("the evaluation was cancelled", status: 130) }
    result.groupNoun = task.groupNoun
    let interval = result.scoreInterval()
    let shown = result.results.prefix(samples).map {
      Report.Sample(
        prompt: chosen[$0.index].prompt, expected: $0.expected, output: $0.output, score: $0.score, parsed: $0.parsed,
        isCut: $0.isCut, group: $0.group)
    }
    let report = Report(
      metric: result.metric, dataVersion: Self.version(of: task), examples: result.results.count, score: result.score,
      scoreInterval: [interval.low, interval.high], scoreGroups: result.groups,
      parseFailureRate: result.parseFailureRate,
      lenientScore: result.lenient, meanOutputTokens: result.meanOutputTokens,
      cutAnswers: result.results.count { $0.isCut }, failedAnswers: result.failedAnswers, arithmetic: arithmetic,
      samples: Array(shown), shots: context.shots, promptsWithFewerShots: context.promptsWithFewer,
      chance: chance?.score, chanceKind: chance?.kind.rawValue)
    if json.json { return try JSONOutput.print(report) }
    for sample in report.samples {
      let end = sample.isCut ? " … (ended early)" : ""
      print("\(sample.prompt)\n  expected: \(sample.expected)\n  output:   \(sample.output)\(end)")
      print(String(format: "  score %.2f%@\n", sample.score, sample.parsed ? "" : " (did not parse)"))
    }
    print(
      String(
        format: "%@ %.1f %% [%.1f, %.1f], n = %d%@, %.1f %% did not parse, lenient %.1f %%", report.metric,
        100 * report.score, 100 * interval.low, 100 * interval.high, report.examples,
        ExampleGroups.words(report.scoreGroups), 100 * report.parseFailureRate,
        100 * report.lenientScore) + (report.cutAnswers > 0 ? ", \(report.cutAnswers) ended early" : "")
        + (report.failedAnswers > 0 ? ", \(report.failedAnswers) without an answer" : "")
        + (evalBf16 ? ", in bf16" : "")
        + Self.words(context, chance, task))
  }

  private var version: Int { dataVersion ?? TaskVersion.present }

  /// Of a built-in task; nil of other data.
  private static func version(of task: any TrainingTask) -> Int? { (task as? any BuiltinTask)?.version }

  /// What needs no look at the prompts: of options beside their likelihood, of answers beside what is generated.
  private func chance(
    _ chosen: [Example], _ training: [Example], _ options: OptionSet?, _ metric: any Metric
  ) -> FormatFreeScores.Chance? {
    var options = options ?? OptionSet(of: chosen, training: training, metric: metric)
    if !likelihood, options?.source == .task { options = nil }
    return FormatFreeScores.Chance(of: chosen, training: training, options: options, metric: metric)
  }

  /// What examples before prompts, and labels, are taken from.
  private func training(for task: any TrainingTask, _ chosen: [Example]) throws -> [Example] {
    guard fewShot != nil || likelihood else { return [] }
    if let train {
      // What is shown is not resampled, so that it need not say what it is about.
      var form = form
      form.groupField = nil
      return TaskArgument.trained(try TaskArgument.task(train, form: form, trainingCount: nil, version: version))
    }
    return TaskArgument.trained(task)
  }

  /// What stands before the prompts.
  private struct Context {
    var examples: [Example]
    var ends: [String] = []
    /// At most; nil where none are asked for.
    var shots: Int?
    var promptsWithFewer: Int?

    init(
      _ count: Int?, tokenising: Tokenising, training: [Example], examples: [Example], model: LoadedModel,
      maxNewTokens: Int
    ) throws {
      self.examples = examples
      guard let count, count > 0 else { return }
      let few = try FewShot(tokenising, training: training, before: examples, count: count)
      guard !few.shots.isEmpty else {
        throw CommandError(
          "--few-shot needs examples that are not asked: name a file of others with --train", status: 65)
      }
      guard let fitted = try few.fitted(examples, in: model.model.configuration, maxNewTokens: maxNewTokens) else {
        throw CommandError("the evaluation was cancelled", status: 130)
      }
      (self.examples, ends) = (fitted.examples, few.ends)
      shots = fitted.shots.max() ?? 0
      promptsWithFewer = fitted.promptsWithFewer
    }
  }

  /// `, task version 2, 4 shots (3 prompts with fewer), chance 25.0 %`.
  private static func words(
    _ context: Context, _ chance: FormatFreeScores.Chance?, _ task: any TrainingTask
  ) -> String {
    var text = version(of: task).map { ", task version \($0)" } ?? ""
    if let shots = context.shots {
      text += ", \(shots) shots"
      if let fewer = context.promptsWithFewer, fewer > 0 { text += " (\(fewer) prompts with fewer than asked for)" }
    }
    if let chance { text += String(format: ", %@ %.1f %%", chance.kind.rawValue, 100 * chance.score) }
    return text
  }

  private func printLikelihood(
    _ loaded: LoadedModel, _ lora: LoRAAdapter?, tokenising: Tokenising, _ chosen: [Example], options: OptionSet,
    task: any TrainingTask, context: Context, chance: FormatFreeScores.Chance?, team: WorkerTeam
  ) throws {
    let line = ProgressLine()
    let found = try OptionLikelihood.run(
      base: loaded.model, adapter: lora, tokenising: tokenising, examples: context.examples,
      options: options.options.compactMap { $0 }, team: team,
      progress: { done, total, running in
        line.show(
          "scoring options", fraction: Double(done) / Double(total),
          detail: String(format: "%d/%d  score so far %.1f %%", done, total, 100 * running))
        return true
      },
      note: { line.note("note: \($0)") })
    line.finish()
    guard var found else { throw CommandError("the evaluation was cancelled", status: 130) }
    found.groupNoun = task.groupNoun
    let summary = found.summary()
    let shown = zip(chosen, found.outcomes).prefix(samples).map { example, outcome in
      LikelihoodReport.Sample(
        prompt: example.prompt, options: outcome.options.texts,
        logLikelihoods: outcome.logLikelihoods.map { $0.isFinite ? $0 : nil }, right: outcome.options.right,
        likeliest: outcome.likeliest, likeliestPerByte: outcome.likeliestPerByte)
    }
    if json.json {
      return try JSONOutput.print(
        LikelihoodReport(
          dataVersion: Self.version(of: task), examples: summary.examples, options: summary.options,
          score: summary.plain.estimate, scoreInterval: [summary.plain.low, summary.plain.high],
          scoreGroups: summary.groups, perByteScore: summary.perByte.estimate,
          perByteScoreInterval: [summary.perByte.low, summary.perByte.high], chance: chance?.score,
          chanceKind: chance?.kind.rawValue, shots: context.shots, promptsWithFewerShots: context.promptsWithFewer,
          samples: Array(shown)))
    }
    for sample in shown {
      print(sample.prompt)
      for (place, option) in sample.options.enumerated() {
        let marks = (place == sample.right ? " right" : "") + (place == sample.likeliest ? " likeliest" : "")
        let value = sample.logLikelihoods[place].map { String(format: "%.3f", $0) } ?? "not a number"
        print("  \(value) \(option)\(marks)")
      }
      print("")
    }
    print(
      String(
        format: "likelihood of options %.1f %% [%.1f, %.1f], per byte %.1f %% [%.1f, %.1f], n = %d%@, %.1f options",
        100 * summary.plain.estimate, 100 * summary.plain.low, 100 * summary.plain.high,
        100 * summary.perByte.estimate, 100 * summary.perByte.low, 100 * summary.perByte.high, summary.examples,
        ExampleGroups.words(summary.groups), summary.options) + Self.words(context, chance, task))
  }
}
