import ArgumentParser
import Builtin
import Foundation
import Kernels
import Messages
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
  @Flag(help: "Score in bfloat16: the products of prompts and answers, where the processor has AVX512-BF16.")
  var evalBf16 = false
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
    }
    var metric: String
    var examples: Int
    var score: Double
    var scoreInterval: [Double]
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
  }

  func validate() throws {
    if evalBf16 { try TrainingFlags.checkEvalBF16() }
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
    let arithmetic: ProductArithmetic = evalBf16 ? .bfloat16 : .float32
    let result = try Evaluation.run(
      base: loaded.model, adapter: lora, tokenizer: loaded.tokenizer, tokenising: tokenising, examples: chosen,
      metric: task.metric,
      maxNewTokens: maxNewTokens ?? task.maxNewTokens, endsEarly: !noEarlyStop, arithmetic: arithmetic,
      team: LoadedModel.team(threads),
      progress: { done, total, running in
        line.show(
          "evaluating", fraction: Double(done) / Double(total),
          detail: String(format: "%d/%d  score so far %.1f %%", done, total, 100 * running))
        return true
      },
      note: { line.note("note: \($0)") })
    line.finish()
    guard let result else { throw CommandError("the evaluation was cancelled", status: 130) }
    let interval = Bootstrap.mean(result.results.map(\.score), seed: 0)
    let shown = result.results.prefix(samples).map {
      Report.Sample(
        prompt: $0.prompt, expected: $0.expected, output: $0.output, score: $0.score, parsed: $0.parsed,
        isCut: $0.isCut)
    }
    let report = Report(
      metric: result.metric, examples: result.results.count, score: result.score,
      scoreInterval: [interval.low, interval.high], parseFailureRate: result.parseFailureRate,
      lenientScore: result.lenient, meanOutputTokens: result.meanOutputTokens,
      cutAnswers: result.results.count { $0.isCut }, failedAnswers: result.failedAnswers, arithmetic: arithmetic,
      samples: Array(shown))
    if json.json { return try JSONOutput.print(report) }
    for sample in report.samples {
      let end = sample.isCut ? " … (ended early)" : ""
      print("\(sample.prompt)\n  expected: \(sample.expected)\n  output:   \(sample.output)\(end)")
      print(String(format: "  score %.2f%@\n", sample.score, sample.parsed ? "" : " (did not parse)"))
    }
    print(
      String(
        format: "%@ %.1f %% [%.1f, %.1f], n = %d, %.1f %% did not parse, lenient %.1f %%", report.metric,
        100 * report.score, 100 * interval.low, 100 * interval.high, report.examples, 100 * report.parseFailureRate,
        100 * report.lenientScore) + (report.cutAnswers > 0 ? ", \(report.cutAnswers) ended early" : "")
        + (report.failedAnswers > 0 ? ", \(report.failedAnswers) without an answer" : "")
        + (evalBf16 ? ", in bf16" : ""))
  }
}
