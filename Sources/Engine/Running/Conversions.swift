import Logging
import Messages
import Training

extension StepSample {
  init(_ record: StepRecord) {
    self.init(
      step: record.step, loss: Float(record.loss), gradientNorm: Float(record.gradientNorm),
      learningRate: Float(record.learningRate), tokens: record.tokens, seconds: record.seconds)
  }
}

extension Interval {
  init(_ interval: MeasuredInterval) {
    self.init(estimate: interval.estimate, low: interval.low, high: interval.high)
  }
}

extension ExampleOutcome {
  init(_ result: ExampleResult, of example: Example) {
    self.init(
      index: result.index, prompt: example.prompt, expected: example.completion, output: result.output,
      score: result.score, parsed: result.parsed, lenient: result.lenient, outputTokens: result.tokens)
  }
}

extension ScoreSummary {
  init(_ result: EvaluationResult) {
    self.init(
      metric: result.metric, score: Interval(result.scoreInterval()), examples: result.results.count,
      parseFailureRate: result.parseFailureRate, lenient: result.lenient, meanOutputTokens: result.meanOutputTokens)
  }
}

extension LatencySummary {
  /// Of a measurement with one adapter; nil without it.
  init?(_ result: LatencyResult) {
    guard let adapter = result.adapters.first else { return nil }
    self.init(
      p50: adapter.time.p50, p95: adapter.time.p95, baseP50: result.base.p50, baseP95: result.base.p95,
      overheadPercent: Interval(adapter.overheadPercent), blocks: result.blocks.count,
      coreShare: result.coreShare)
  }
}

extension Logger.Level {
  init(_ level: Notice.Level) {
    switch level {
    case .info: self = .info
    case .good: self = .notice
    case .warning: self = .warning
    case .error: self = .error
    }
  }
}
