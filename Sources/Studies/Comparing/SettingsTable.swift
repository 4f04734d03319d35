import Foundation
import Messages

/// Every setting of some runs, and what was measured besides the score, as text.
enum SettingsTable {
  static func rows(_ runs: [RunSummary]) -> [Comparison.Setting] {
    func row(_ name: String, _ value: (RunSummary) -> String) -> Comparison.Setting {
      Comparison.Setting(name: name, values: runs.map(value))
    }
    func setting(_ name: String, _ value: @escaping (RunSettings) -> String) -> Comparison.Setting {
      row(name) { value($0.plan.settings) }
    }
    return [
      row("modules") { $0.plan.targets.label },
      row("parameters") { $0.prepared.map { count($0.trainableParameters) } ?? "–" },
      row("of base") { run in
        run.prepared.map { percent(Double($0.trainableParameters) / Double(max(1, $0.baseParameters))) } ?? "–"
      },
      row("model") { $0.plan.model.displayName },
      row("base hash") { $0.prepared.map { String($0.baseFingerprint.prefix(12)) } ?? "–" },
      row("data") { $0.plan.data.displayName },
      row("held out") { run in
        switch run.plan.data {
        case .file(_, let source), .published(_, _, let source): words(source)
        case .task: "–"
        }
      },
      setting("chat template") { $0.chatTemplate ?? "the model's own" },
      setting("turns") { $0.turns ?? "all" },
      setting("data format") { $0.dataFormat ?? "detected" },
      setting("prompt field") { $0.promptField ?? "–" },
      setting("completion field") { $0.completionField ?? "–" },
      setting("image field") { $0.imageField ?? "–" },
      setting("seed") { String($0.seed) },
      setting("rank") { String($0.rank) },
      setting("alpha") { plain($0.resolvedAlpha) },
      setting("rsLoRA") { $0.useRSLoRA ? "yes" : "no" },
      setting("DoRA") { $0.useDoRA ? "yes" : "no" },
      setting("precision") { $0.useBF16 ? "bf16" : "fp32" },
      setting("dropout") { plain($0.dropout) },
      setting("learning rate") { plain($0.learningRate) },
      setting("B/A lr ratio") { plain($0.learningRateRatio) },
      setting("weight decay") { plain($0.weightDecay) },
      setting("clip") { $0.clip == 0 ? "off" : plain($0.clip) },
      setting("schedule") { $0.schedule.rawValue },
      setting("warm-up") { String($0.warmupSteps) },
      setting("length") { $0.steps.map { "\($0) steps" } ?? "\(plain($0.epochs)) epochs" },
      setting("batch size") { String($0.batchSize) },
      setting("accumulation") { String($0.gradientAccumulation) },
      setting("sequence length") { String($0.sequenceLength) },
      setting("packing") { $0.packing ? "yes" : "no" },
      setting("shuffle") { $0.shuffle ? "yes" : "no" },
      setting("initial adapter") { $0.initialAdapter ?? "fresh" },
      row("training examples") { $0.prepared.map { String($0.trainingExamples) } ?? "–" },
      row("evaluated on") { run in
        run.prepared.map {
          "\($0.evaluationExamples)\(run.plan.settings.evaluationSplit == .tuning ? " (tuning)" : "")"
        }
          ?? "–"
      },
      row("metric") { $0.score?.metric ?? "–" },
      setting("answer pattern") { $0.answerPattern ?? "–" },
      setting("max new tokens") { $0.maxNewTokens.map(String.init) ?? "the task's" },
      row("instruction set") { $0.prepared?.instructionSet ?? "–" },
      row("threads") { $0.prepared.map { String($0.threads) } ?? "–" },
      row("core share of TPOT") { $0.latency?.coreShare.map { percent($0) } ?? "–" },
      row("state") { $0.state.rawValue },
      row("wall time") { $0.wallSeconds.map(duration) ?? "–" },
      row("tokens/s") { $0.tokensPerSecond.map { String(Int($0.rounded())) } ?? "–" },
      row("peak memory") { $0.peakMemoryBytes.map(bytes) ?? "–" },
    ]
  }

  private static func words(_ source: DataReference.EvaluationSource) -> String {
    switch source {
    case .none: "nothing"
    case .file(let path): path
    case .share(let share): percent(share)
    }
  }

  static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : "\(value)"
  }

  static func count(_ value: Int) -> String {
    if value >= 1_000_000 { return String(format: "%.2fM", Double(value) / 1e6) }
    return value >= 1000 ? String(format: "%.1fk", Double(value) / 1e3) : String(value)
  }

  static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return String(format: "%dh%02dm", whole / 3600, whole % 3600 / 60) }
    return whole >= 60 ? String(format: "%dm%02d", whole / 60, whole % 60) : String(format: "%.1fs", seconds)
  }

  static func bytes(_ value: Int) -> String {
    let gibi = Double(value) / 1_073_741_824
    return gibi >= 1 ? String(format: "%.1f GiB", gibi) : String(format: "%.0f MiB", Double(value) / 1_048_576)
  }
}
