import ArgumentParser
import Builtin
import Foundation
import Messages
import Recipe
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score a model, with or without an adapter, by what it generates.")

  @OptionGroup var model: ModelFlags
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: ArgumentHelp(DataFlags.help, valueName: "task|file|name:path")) var data: String
  @Option(help: "Examples; a file is taken whole unless this is given.") var examples: Int?
  @Option(help: "Most new tokens of an answer (default: the task's own, 128 for a file).") var maxNewTokens: Int?
  @Flag(help: "Let each answer go on to its end, where nothing that follows can change its score too.")
  var noEarlyStop = false
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
    var samples: [Sample]
  }

  func validate() throws {
    try ArgumentRange.examples(examples)
    try ArgumentRange.newTokens(maxNewTokens)
    try ArgumentRange.threads(threads)
    try ArgumentRange.samples(samples)
  }

  func run() throws {
    let task = try TaskArgument.task(data, form: form, count: examples)
    let loaded = try LoadedModel.load(model.reference)
    let lora = try LoadedModel.adapter(adapter, for: loaded.model)
    let chosen = task.examples(split: .evaluation, count: examples ?? TaskArgument.defaultCount(task), seed: 0)
    guard !chosen.isEmpty else { throw CommandError("\(data): nothing to evaluate on", status: 65) }
    let settings = form.settings()
    let tokenising = Tokenising(
      loaded.tokenizer, chat: try settings.chat(modelFolder: loaded.folder), turns: settings.trainedTurns,
      sight: loaded.sight)
    let line = ProgressLine()
    let result = try Evaluation.run(
      base: loaded.model, adapter: lora, tokenizer: loaded.tokenizer, tokenising: tokenising, examples: chosen,
      metric: task.metric,
      maxNewTokens: maxNewTokens ?? task.maxNewTokens, endsEarly: !noEarlyStop, team: LoadedModel.team(threads)
    ) { done, total, running in
      line.show(
        "evaluating", fraction: Double(done) / Double(total),
        detail: String(format: "%d/%d  score so far %.1f %%", done, total, 100 * running))
      return true
    }
    line.finish()
    guard var result else { throw CommandError("the evaluation was cancelled", status: 130) }
    result.groupNoun = task.groupNoun
    let interval = result.scoreInterval()
    let shown = result.results.prefix(samples).map {
      Report.Sample(
        prompt: $0.prompt, expected: $0.expected, output: $0.output, score: $0.score, parsed: $0.parsed,
        isCut: $0.isCut, group: $0.group)
    }
    let report = Report(
      metric: result.metric, examples: result.results.count, score: result.score,
      scoreInterval: [interval.low, interval.high], scoreGroups: result.groups,
      parseFailureRate: result.parseFailureRate,
      lenientScore: result.lenient, meanOutputTokens: result.meanOutputTokens,
      cutAnswers: result.results.count { $0.isCut }, samples: Array(shown))
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
        100 * report.lenientScore) + (report.cutAnswers > 0 ? ", \(report.cutAnswers) ended early" : ""))
  }
}
