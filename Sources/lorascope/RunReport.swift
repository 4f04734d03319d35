import Messages
import Recipe

/// A run as `--json` prints it. Names follow ARCHITECTURE; losses are null where they are not finite.
struct RunReport: Encodable {
  struct Intervals: Encodable {
    var estimate: Double
    var low: Double
    var high: Double

    init(_ interval: Interval) {
      estimate = interval.estimate
      low = interval.low
      high = interval.high
    }
  }

  struct TPOT: Encodable {
    var p50: Double
    var p95: Double
  }

  var run: RunID
  var state: RunState
  var reason: String?
  var model: String
  var data: String
  var targets: String
  var modules: [String]
  var settings: RunSettings
  var trainableParameters: Int?
  var baseParameters: Int?
  var trainingExamples: Int?
  var truncatedExamples: Int?
  var leftOutExamples: Int?
  var losses: JSONOutput.Series
  var score: Double?
  var scoreInterval: Intervals?
  var metric: String?
  var evaluatedExamples: Int?
  var parseFailureRate: Double?
  var lenientScore: Double?
  var baseScore: Double?
  var baseLenientScore: Double?
  var baseParseFailureRate: Double?
  var tpotMs: TPOT?
  var baseTPOTMs: TPOT?
  var overheadPercent: Intervals?
  var coreShare: Double?
  var measuredBusy: Bool?
  var tokensPerSecond: Double?
  var peakMemoryBytes: Int?
  var wallSeconds: Double?
  var adapter: String?
  var baseFingerprint: String?
  var instructionSet: String?

  enum CodingKeys: String, CodingKey {
    case run, state, reason, model, data, targets, modules, settings
    case trainableParameters = "trainable_parameters"
    case baseParameters = "base_parameters"
    case trainingExamples = "training_examples"
    case truncatedExamples = "truncated_examples"
    case leftOutExamples = "left_out_examples"
    case losses, score
    case scoreInterval = "score_interval"
    case metric
    case evaluatedExamples = "evaluated_examples"
    case parseFailureRate = "parse_failure_rate"
    case lenientScore = "lenient_score"
    case baseScore = "base_score"
    case baseLenientScore = "base_lenient_score"
    case baseParseFailureRate = "base_parse_failure_rate"
    case tpotMs = "tpot_ms"
    case baseTPOTMs = "base_tpot_ms"
    case overheadPercent = "overhead_percent"
    case coreShare = "core_share"
    case measuredBusy = "measured_busy"
    case tokensPerSecond = "tokens_per_second"
    case peakMemoryBytes = "peak_memory_bytes"
    case wallSeconds = "wall_seconds"
    case adapter
    case baseFingerprint = "base_fingerprint"
    case instructionSet = "instruction_set"
  }

  /// - Parameter base: the evaluation of the base that the run's score is seen against.
  init(_ summary: RunSummary, base: RunSummary? = nil) {
    baseScore = base?.score?.score.estimate
    baseLenientScore = base?.score?.lenient
    baseParseFailureRate = base?.score?.parseFailureRate
    run = summary.id
    state = summary.state
    reason = summary.reason
    model = summary.plan.model.displayName
    data = summary.plan.data.displayName
    trainingExamples = summary.prepared?.trainingExamples
    truncatedExamples = summary.prepared?.truncatedExamples
    leftOutExamples = summary.prepared?.droppedExamples
    targets = summary.plan.targets.label
    modules = summary.prepared?.modules ?? []
    settings = summary.plan.settings
    trainableParameters = summary.prepared?.trainableParameters
    baseParameters = summary.prepared?.baseParameters
    losses = JSONOutput.Series(values: summary.losses)
    score = summary.score?.score.estimate
    scoreInterval = summary.score.map { Intervals($0.score) }
    metric = summary.score?.metric
    evaluatedExamples = summary.score?.examples
    parseFailureRate = summary.score?.parseFailureRate
    lenientScore = summary.score?.lenient
    tpotMs = summary.latency.map { TPOT(p50: $0.p50, p95: $0.p95) }
    baseTPOTMs = summary.latency.map { TPOT(p50: $0.baseP50, p95: $0.baseP95) }
    overheadPercent = summary.latency.map { Intervals($0.overheadPercent) }
    coreShare = summary.latency?.coreShare
    measuredBusy = summary.latency?.coreShare.map(CoreUse.isBusy)
    tokensPerSecond = summary.tokensPerSecond
    peakMemoryBytes = summary.peakMemoryBytes
    wallSeconds = summary.wallSeconds
    adapter = summary.adapterPath
    baseFingerprint = summary.prepared?.baseFingerprint
    instructionSet = summary.prepared?.instructionSet
  }

  /// Keys that the interface promises are there even when there is no value yet: null says so.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(run, forKey: .run)
    try container.encode(state, forKey: .state)
    try container.encode(reason, forKey: .reason)
    try container.encode(model, forKey: .model)
    try container.encode(data, forKey: .data)
    try container.encode(targets, forKey: .targets)
    try container.encode(modules, forKey: .modules)
    try container.encode(settings, forKey: .settings)
    try container.encode(trainableParameters, forKey: .trainableParameters)
    try container.encode(baseParameters, forKey: .baseParameters)
    try container.encode(losses, forKey: .losses)
    try container.encode(score, forKey: .score)
    try container.encode(scoreInterval, forKey: .scoreInterval)
    try container.encode(metric, forKey: .metric)
    try container.encode(evaluatedExamples, forKey: .evaluatedExamples)
    try container.encode(parseFailureRate, forKey: .parseFailureRate)
    try container.encode(lenientScore, forKey: .lenientScore)
    try container.encodeIfPresent(baseScore, forKey: .baseScore)
    try container.encodeIfPresent(baseLenientScore, forKey: .baseLenientScore)
    try container.encodeIfPresent(baseParseFailureRate, forKey: .baseParseFailureRate)
    try container.encode(tpotMs, forKey: .tpotMs)
    try container.encode(baseTPOTMs, forKey: .baseTPOTMs)
    try container.encode(overheadPercent, forKey: .overheadPercent)
    try container.encode(coreShare, forKey: .coreShare)
    try container.encode(measuredBusy, forKey: .measuredBusy)
    try container.encode(tokensPerSecond, forKey: .tokensPerSecond)
    try container.encode(peakMemoryBytes, forKey: .peakMemoryBytes)
    try container.encode(wallSeconds, forKey: .wallSeconds)
    try container.encode(adapter, forKey: .adapter)
    try container.encode(baseFingerprint, forKey: .baseFingerprint)
    try container.encode(instructionSet, forKey: .instructionSet)
  }
}

/// Runs as `--json` prints them; evaluations of the base stand by themselves, for they are no combinations.
struct StudyReport: Encodable {
  var runs: [RunReport]
  var base: [RunReport]

  init(_ runs: [RunSummary]) {
    self.runs = runs.filter { !$0.plan.isBaseline }.map { RunReport($0) }
    base = runs.filter(\.plan.isBaseline).map { RunReport($0) }
  }
}
