import Analysis
import Foundation
import Messages
import Recipe

/// A run as `--json` prints it.
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

  private struct TPOT: Encodable {
    var p50: Double
    var p95: Double
  }

  private let run: RunSummary
  private let base: RunSummary?
  private let fleets: [FleetMeasurement]

  /// - Parameters:
  ///   - base: the evaluation of the base that the run's score is seen against.
  ///   - fleets: the store's, of which those of its adapter and of fresh ones like it are the run's.
  init(_ run: RunSummary, base: RunSummary? = nil, fleets: [FleetMeasurement] = []) {
    self.run = run
    self.base = base
    self.fleets = fleets.of(run)
  }

  /// Keys that the interface promises are there even when there is no value yet, or none that is finite: null says so. Those of the
  /// base's evaluation are there where there is one.
  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: JSONOutput.Key.self)
    func put(_ name: String, _ value: some Encodable) throws { try object.encode(value, forKey: JSONOutput.Key(name)) }
    let (plan, prepared, score, latency) = (run.plan, run.prepared, run.score, run.latency)
    try put("run", run.id)
    try put("state", run.state)
    try put("reason", run.reason)
    try put("model", plan.model.displayName)
    try put("data", plan.data.displayName)
    try put("targets", run.adaptedTargets.label)
    if let pruning = plan.pruning { try put("pruned_from", pruning.parent) }
    if let pruned = run.pruned { try put("pruned", PrunedReport(pruned)) }
    try put("modules", prepared?.modules ?? [])
    try put("settings", plan.settings)
    try put("trainable_parameters", prepared?.trainableParameters)
    try put("base_parameters", prepared?.baseParameters)
    try put("losses", JSONOutput.Series(values: run.losses))
    if plan.settings.evalEvery > 0 { try put("held_out", HeldOutReport(run)) }
    try put("score", score?.score.estimate)
    try put("score_interval", score.map { Intervals($0.score) })
    if let groups = score?.groups { try put("score_groups", groups) }
    try put("metric", score?.metric)
    try put("evaluated_examples", score?.examples)
    try put("parse_failure_rate", score?.parseFailureRate)
    try put("lenient_score", score?.lenient)
    if let base = base?.score {
      try put("base_score", base.score.estimate)
      try put("base_lenient_score", base.lenient)
      try put("base_parse_failure_rate", base.parseFailureRate)
      if let free = base.formatFree { try put("base_format_free", FormatFreeReport(free)) }
    }
    if let free = score?.formatFree { try put("format_free", FormatFreeReport(free)) }
    try put("tpot_ms", latency.map { TPOT(p50: $0.p50, p95: $0.p95) })
    try put("base_tpot_ms", latency.map { TPOT(p50: $0.baseP50, p95: $0.baseP95) })
    try put("overhead_percent", latency.map { Intervals($0.overheadPercent) })
    try put("core_share", latency?.coreShare)
    try put("measured_busy", latency?.coreShare.map(CoreUse.isBusy))
    if !fleets.isEmpty { try put("fleet", fleets.map { FleetFigures($0) }) }
    try put("tokens_per_second", run.tokensPerSecond)
    try put("peak_memory_bytes", run.peakMemoryBytes)
    try put("wall_seconds", run.wallSeconds)
    if let search = run.search { try put("search", search) }
    if let heats = run.heats { try put("heats", heats.map(HeatReport.init)) }
    try run.labels.put(into: &object)
    try put("adapter", run.adapterPath)
    try put("base_fingerprint", prepared?.baseFingerprint)
    try put("instruction_set", prepared?.instructionSet)
    try put("machine", prepared?.machine)
    if let origin = run.origin {
      try put("host", origin.host)
      try put("engine", origin.engine)
      try put("identity", origin.identity)
    }
    if let machine = run.latencyMachine, machine.host != nil || plan.settings.engine != .lorascope {
      try put("latency_machine", machine.words)
    }
  }
}

/// The losses on held-out examples as `--json` prints them.
struct HeldOutReport: Encodable {
  struct Point: Encodable {
    var step: Int
    var loss: Double?
  }

  /// `tuning` or `evaluation`, and how many of it; nil before the run is prepared.
  var split: String?
  var examples: Int?
  var losses: [Point]

  init(_ run: RunSummary) {
    split = run.prepared?.heldOut?.split.rawValue
    examples = run.prepared?.heldOut?.examples
    losses = run.heldOutPoints.map { Point(step: $0.step, loss: JSONOutput.finite($0.loss)) }
  }
}

/// A heat as `--json` prints it.
struct HeatReport: Encodable {
  var heat: Int
  var heats: Int
  var step: Int
  var loss: Double
  var tuningScore: RunReport.Intervals
  var examples: Int
  var seconds: Double

  init(_ heat: HeatSummary) {
    self.heat = heat.heat
    heats = heat.heats
    step = heat.step
    loss = heat.loss
    tuningScore = RunReport.Intervals(heat.score)
    examples = heat.examples
    seconds = heat.seconds
  }
}

/// What the base scores where it need not know the answers' form, as `--json` prints it; null where it could not be scored so.
struct FormatFreeReport: Encodable {
  private let scores: FormatFreeScores

  init(_ scores: FormatFreeScores) { self.scores = scores }

  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: JSONOutput.Key.self)
    func put(_ name: String, _ value: some Encodable) throws { try object.encode(value, forKey: JSONOutput.Key(name)) }
    let (few, likelihood) = (scores.fewShot, scores.likelihood)
    try put("few_shot_score", few?.score.estimate)
    try put("few_shot_interval", few.map { RunReport.Intervals($0.score) })
    try put("shots", few?.shots)
    try put("prompts_with_fewer_shots", few?.promptsWithFewer)
    try put("few_shot_examples", few?.examples)
    try put("likelihood_score", likelihood?.plain.estimate)
    try put("likelihood_interval", likelihood.map { RunReport.Intervals($0.plain) })
    try put("likelihood_per_byte_score", likelihood?.perByte.estimate)
    try put("likelihood_per_byte_interval", likelihood.map { RunReport.Intervals($0.perByte) })
    try put("likelihood_examples", likelihood?.examples)
    try put("likelihood_groups", likelihood?.groups)
    try put("options", likelihood?.options)
    try put("chance", scores.chance?.score)
    try put("chance_kind", scores.chance?.kind.rawValue)
    try put("one_answer_score", scores.constant?.score)
  }
}

/// Runs as `--json` prints them; evaluations of the base stand by themselves, for they are no combinations.
struct StudyReport: Encodable {
  var runs: [RunReport]
  var base: [RunReport]

  init(_ runs: [RunSummary], fleets: [FleetMeasurement] = []) {
    self.runs = runs.filter { !$0.plan.isBaseline }.map { RunReport($0, fleets: fleets) }
    base = runs.filter(\.plan.isBaseline).map { RunReport($0) }
  }
}

/// Runs as a table of plain text, in the order given.
enum RunTable {
  static func text(_ runs: [RunSummary]) -> String {
    let differences = SettingsDifferences(runs.map(\.plan))
    var head = [
      "#", "targets", "data", "seed", "state", "step", "loss", "score %", "fail %", "params", "p50 ms", "p95 ms",
      "overhead %",
    ]
    // Two runs that differ in a setting only would look alike.
    if !differences.isEmpty { head.append("settings that differ") }
    let hasLabels = runs.contains { !$0.labels.cell.isEmpty }
    if hasLabels { head.append("name, tags") }
    let rows = runs.map { row($0, differences) + (hasLabels ? [$0.labels.cell] : []) }
    let reasons = runs.compactMap { run in run.reason.map { "#\(run.id) \(run.state.rawValue): \(OneLine.text($0))" } }
    let machines = OneMachine(runs).note.map { [$0] } ?? []
    return (table([head] + rows) + baseLines(runs) + reasons + busyNote(runs) + machines).joined(separator: "\n")
  }

  /// `#2 medmcqa: base 0.0 · few-shot 41.2 · likelihood 44.0 · chance 25.0`, one for each evaluation of the base.
  private static func baseLines(_ runs: [RunSummary]) -> [String] {
    runs.compactMap { run in
      run.score?.baseLine().map { OneLine.text("#\(run.id) \(run.plan.data.displayName): \($0)") }
    }
  }

  private static func row(_ run: RunSummary, _ differences: SettingsDifferences) -> [String] {
    let about = run.latency?.isBusy == true ? "~" : ""
    var row = ["\(run.id)", run.adaptedLabel, run.plan.data.displayName]
    row += ["\(run.plan.settings.seed)", run.state.rawValue, "\(run.step)/\(run.totalSteps)"]
    row.append(run.losses.last.map { RunLine.loss($0, decimals: 4) } ?? "–")
    row.append(run.score?.score.text(scale: 100, .table) ?? "–")
    row.append(run.score.map { String(format: "%.1f", 100 * $0.parseFailureRate) } ?? "–")
    row.append(run.prepared.map { "\($0.trainableParameters)" } ?? "–")
    row.append(run.latency.map { about + RunLine.milliseconds($0.p50) } ?? "–")
    row.append(run.latency.map { about + RunLine.milliseconds($0.p95) } ?? "–")
    row.append(run.latency.map(overhead) ?? "–")
    if !differences.isEmpty { row.append(differences.text(run.plan)) }
    return row
  }

  /// `+7.1 ±0.8`; `~+33.2 ±1.5 !` of a measurement on a busy machine.
  static func overhead(_ latency: LatencySummary) -> String {
    let text = latency.overheadPercent.text(signed: true, .table)
    return latency.isBusy ? "~\(text) !" : text
  }

  /// What the marks mean, and what to do.
  static func busyNote(_ runs: [RunSummary]) -> [String] {
    let busy = runs.filter { $0.latency?.isBusy == true }
    guard !busy.isEmpty else { return [] }
    let taken = busy.compactMap { $0.latency?.coreShare }.map(CoreUse.takenPercent)
    let range = taken.min() == taken.max() ? "\(taken.max() ?? 0)" : "\(taken.min() ?? 0) to \(taken.max() ?? 0)"
    let which = busy.count <= 20 ? "--run " + busy.map { "\($0.id)" }.joined(separator: " ") : "--busy"
    return [
      "~ !: measured while other programs took \(range) % of the cores; `lorascope latency \(which)` measures again"
    ]
  }

  static func table(_ rows: [[String]]) -> [String] {
    // A cell is one line, whatever a file is called.
    let rows = rows.map { $0.map(OneLine.text) }
    guard let first = rows.first else { return [] }
    let counts = rows.map { $0.map(width) }
    let widths = first.indices.map { column in counts.map { $0[column] }.max() ?? 0 }
    return zip(rows, counts).map { row, counts in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell
        line += String(repeating: " ", count: widths[column] - counts[column] + 2)
      }
      while line.last?.isWhitespace == true { line.removeLast() }
      return String(line.drop { $0.isWhitespace })
    }
  }

  /// Characters; most cells are ASCII, where a byte is one.
  private static func width(_ cell: String) -> Int {
    cell.utf8.allSatisfy { $0 < 0x80 } ? cell.utf8.count : cell.count
  }
}

/// One run in one line of plain text.
enum RunLine {
  static func finished(_ run: RunSummary) -> String {
    var parts = [
      "#\(run.id)", run.plan.data.displayName, run.adaptedLabel, "seed \(run.plan.settings.seed)",
      run.state.rawValue,
    ]
    if let loss = run.losses.last { parts.append("loss \(Self.loss(loss, decimals: 4))") }
    if let score = run.score {
      parts.append(
        String(
          format: "%@ %@ %% (n %d%@, %.1f %% did not parse)", score.metric, score.score.text(scale: 100),
          score.examples, ExampleGroups.words(score.groups), 100 * score.parseFailureRate))
      if let free = score.formatFree?.parts, !free.isEmpty { parts.append(free.joined(separator: ", ")) }
    }
    if let latency = run.latency {
      parts.append(
        String(
          format: "TPOT p50 %@ ms, %@%@ %% over the base", RunLine.milliseconds(latency.p50),
          latency.isBusy ? "~" : "", latency.overheadPercent.text(signed: true)))
      if latency.isBusy, let share = latency.coreShare {
        parts.append("(measured while other programs took \(CoreUse.takenPercent(share)) % of the cores)")
      }
    }
    if let prepared = run.prepared { parts.append("\(prepared.trainableParameters) parameters") }
    if let origin = run.origin { parts.append("trained on \(origin.host) by \(origin.engine)") }
    if let reason = run.reason { parts.append(reason) }
    return OneLine.text(parts.joined(separator: "  "))
  }

  /// Three digits, however small: a fast model takes hundredths of a millisecond for a token.
  static func milliseconds(_ value: Double) -> String {
    String(format: value < 1 ? "%.3g" : "%.2f", value)
  }

  /// C's formats write a sign before what is no number.
  static func loss(_ value: Float, decimals: Int) -> String {
    value.isNaN ? "NaN" : String(format: "%.\(decimals)f", value)
  }

  static func progress(_ run: RunSummary, ended: Int, of total: Int) -> (
    label: String, fraction: Double?, detail: String
  ) {
    let label =
      (total > 1 ? "[\(ended + 1)/\(total)] " : "")
      + "#\(run.id) \(run.plan.data.displayName) \(run.adaptedLabel) \(run.state.rawValue)"
    switch run.state {
    case .training:
      var detail = ["step \(run.step)/\(run.totalSteps)"]
      if let loss = run.losses.last { detail.append("loss \(Self.loss(loss, decimals: 3))") }
      if let rate = run.tokensPerSecond, rate.isFinite { detail.append("\(Int(rate)) tok/s") }
      if let left = run.secondsLeft { detail.append("\(ProgressLine.duration(left)) left") }
      return (
        label, run.totalSteps > 0 ? Double(run.step) / Double(run.totalSteps) : nil, detail.joined(separator: "  ")
      )
    case .evaluating, .measuring:
      let score = run.runningScore.map { String(format: "score so far %.1f %%", 100 * $0) } ?? ""
      return (label, run.phaseProgress, score)
    default:
      return (label, nil, "")
    }
  }
}
