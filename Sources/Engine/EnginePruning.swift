import Analysis
import Foundation
import HuggingFace
import Messages
import Recipe
import Transformer

/// Making finished adapters smaller: each is a run of its own beside its parent, which stays as it is.
extension Engine {
  /// - Parameter asked: the folder in it is not looked at.
  /// - Throws: `Refusal` for what cannot be pruned, or not be decided.
  func prune(_ asked: Pruning, measureLatency: Bool) async throws -> [RunID] {
    guard Pruning.tolerances.contains(asked.tolerance), asked.minutes.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw Refusal("the tolerance is 0.1 to 100 points, and the minutes are more than 0", exitStatus: 64)
    }
    guard asked.refit.map(TrainingLimits.steps.contains) ?? true else {
      throw Refusal("what is left is trained on for 1 step or more", exitStatus: 64)
    }
    let id = asked.parent
    let run = try known(id)
    guard run.plan.settings.engine == .lorascope else {
      throw refusal(
        id,
        "was scored by PEFT: what is left of its adapter would be scored and timed by lorascope, which is no comparison"
      )
    }
    guard !run.plan.isBaseline else {
      throw Refusal("run \(id) is the base's evaluation, which has no adapter", exitStatus: 66)
    }
    switch run.phase {
    case .ended(.done), .remeasuring(_, .done): break
    default: throw refusal(id, "is not finished: only the adapter of a finished run can be pruned")
    }
    guard let parent = await bus.currentSnapshot().run(id), let path = parent.adapterPath,
      FileManager.default.fileExists(atPath: path)
    else { throw Refusal("run \(id) has no adapter any more, so it cannot be pruned", exitStatus: 66) }
    let base = try await load(run.plan.model)
    if let before = parent.prepared, before.baseFingerprint != base.summary.fingerprint {
      throw Refusal(
        "the base \(run.plan.model.displayName) is not the one that run \(id) was trained on: put that back",
        exitStatus: 65)
    }
    let specification = try await Blocking.run {
      try PEFTAdapterFolder.specification(of: URL(filePath: path), configuration: base.model.configuration)
    }
    try check(specification, of: id, asked.way)
    guard asked.refit == nil || run.plan.settings.engine != .peft else {
      throw refusal(
        id,
        "was trained by PEFT, and what is left of an adapter is trained on here: leave --refit out, or give the part's folder as "
          + "--init-adapter")
    }
    var plan = run.plan
    plan.targets = parent.adaptedTargets
    plan.settings.output = nil
    plan.settings.measureLatency = measureLatency
    var pruning = asked
    pruning.adapter = path
    plan.pruning = pruning
    try checkTuning(plan, pruning)
    if blockedReason == nil { await bus.flush() }
    return try await enqueue([plan])
  }

  private func check(_ specification: LoRASpecification, of id: RunID, _ way: Pruning.Way) throws {
    let layers = Set(specification.targets.map { ModulePath(layer: $0.layer, module: .oProj, isVision: $0.isVision) })
    let mostRank = specification.targets.map(specification.rank(of:)).max() ?? 0
    // Neither way is advice to who asks for the other.
    guard layers.count > 1 || mostRank > 1 else {
      throw refusal(id, "has an adapter of rank 1 in one layer only, of which nothing can go")
    }
    switch way {
    case .layers:
      guard layers.count > 1 else {
        throw refusal(id, "has an adapter in one layer only, so no layer can go; --way rank lowers its rank")
      }
    case .rank:
      guard mostRank > 1 else {
        throw refusal(id, "has rank 1 everywhere, which cannot be lowered; --way layers drops layers")
      }
    }
  }

  /// What is known of the tuning split before it is read.
  private func checkTuning(_ plan: RunPlan, _ pruning: Pruning) throws {
    if case .file = plan.data, plan.settings.tuningShare == nil {
      throw Refusal(
        "run \(pruning.parent) held out no tuning split of its file, on which pruning is decided: train it with --tuning-share",
        exitStatus: 65)
    }
    guard Pruning.exampleCounts.contains(pruning.examples) else {
      throw Refusal("the tuning split has \(Pruning.exampleCounts.lowerBound) examples or more", exitStatus: 64)
    }
    try PruningTuning.check(examples: Double(pruning.examples), tolerance: pruning.tolerance)
    try check(plan, tuning: pruning.examples)
  }
}

/// Whether examples can decide at all.
enum PruningTuning {
  /// - Parameter examples: that are worth as many as independent ones.
  /// - Throws: `Refusal` where a loss above the tolerance would not show.
  static func check(examples: Double, tolerance: Double, of count: Int? = nil) throws {
    let blind = PairedLoss.blindSpot(examples: examples)
    guard blind > tolerance else { return }
    let worth =
      count.map { "\($0) examples of the tuning split are worth \(Int(examples)) independent ones, which" }
      ?? "\(Int(examples)) examples of the tuning split"
    throw Refusal(
      "\(worth) cannot tell a loss of \(number(blind)) points from none, and \(number(tolerance)) are put up with: "
        + "give --tolerance \(number((blind * 10).rounded(.up) / 10)) or more --examples", exitStatus: 65)
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
