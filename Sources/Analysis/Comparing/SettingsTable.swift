import Foundation
import Messages
import Recipe

/// Every setting of some runs, and what was measured besides the score, as text.
package enum SettingsTable {
  package static func rows(_ runs: [RunSummary]) -> [Comparison.Setting] {
    func row(_ name: String, _ value: (RunSummary) -> String) -> Comparison.Setting {
      Comparison.Setting(name: name, values: runs.map(value))
    }
    // What no run has for single groups is no row.
    let fields = SettingField.all.filter { field in
      field.key != "epochs" && (!field.isByGroup || runs.contains { field.value(own($0, field)) != nil })
    }
    let settings = fields.map { field in
      row(field.title) { text(field, $0) }
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
    ] + settings + [
      row("instruction set") { $0.prepared?.instructionSet ?? "–" },
      row("threads") { $0.prepared.map { String($0.threads) } ?? "–" },
      row("core share of TPOT") { $0.latency?.coreShare.map { percent($0) } ?? "–" },
      row("state") { $0.state.rawValue },
      row("wall time") { $0.wallSeconds.map(duration) ?? "–" },
      row("tokens/s") { $0.tokensPerSecond.map { String(Int($0.rounded())) } ?? "–" },
      row("peak memory") { $0.peakMemoryBytes.map(bytes) ?? "–" },
    ]
  }

  /// A study's value for a group that a run does not train is none of the run's own; the split of its ranks is the study's.
  private static func own(_ run: RunSummary, _ field: SettingField) -> RunSettings {
    field.key == "rank_split" ? run.plan.settings : run.plan.settings.narrowed(to: run.plan.targets)
  }

  /// A setting as it came out, where the run knows: so many of the examples that were asked for were there.
  private static func text(_ field: SettingField, _ run: RunSummary) -> String {
    let settings = own(run, field)
    switch field.key {
    case "steps": return settings.length
    case "training_examples": return run.prepared.map { String($0.trainingExamples) } ?? field.text(settings)
    case "evaluation_examples": return run.prepared.map { String($0.evaluationExamples) } ?? field.text(settings)
    case "metric": return run.score?.metric ?? field.text(settings)
    default: return field.text(settings)
    }
  }

  private static func words(_ source: EvaluationSource) -> String {
    switch source {
    case .none: "nothing"
    case .file(let path): path
    case .share(let share): percent(share)
    }
  }

  package static func count(_ value: Int) -> String {
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

extension RunPlan {
  /// Without what does not change a bit of the result, values of groups that are not trained among it.
  package var deciding: RunPlan {
    var plan = withoutUnusedShots
    plan.settings = plan.settings.narrowed(to: targets)
    plan.settings.output = nil
    plan.settings.evalEvery = 0
    plan.settings.python = nil
    plan.settings.rankSplit = ByGroup()
    return plan
  }

  /// Training examples before a prompt are the base's alone: adapters are scored without.
  private var withoutUnusedShots: RunPlan { isBaseline ? self : withoutShots }

  var withoutShots: RunPlan {
    var plan = self
    plan.settings.fewShot = nil
    return plan
  }

  /// Without the seed too: the runs of one cell.
  package var withoutSeed: RunPlan {
    var plan = deciding
    plan.settings.seed = 0
    return plan
  }

  /// Without seed and targets: the runs of one study on one data set, which take about as long for a like number of parameters. In a
  /// parameter-matched study each combination has a rank of its own, and what is common to all is alpha over rank. Values of
  /// single module groups stay as the study has them, whether this run trains the group or not.
  package var withoutTargets: RunPlan {
    var plan = withoutUnusedShots
    plan.settings.output = nil
    plan.settings.seed = 0
    plan.targets = []
    if settings.parameterBudget != nil {
      plan.settings.alpha = settings.alpha.map { $0 / Double(max(1, settings.rank)) }
      (plan.settings.rank, plan.settings.rankByGroup) = (0, ByGroup())
    }
    return plan
  }
}
