import Foundation
import HuggingFace
import Messages
import Recipe
import Training
import Transformer

/// What is left of an adapter, trained on for some steps: the run's own settings and training split, with the schedule of that many steps.
extension PruningSession {
  /// The part as it was cut, kept until what was trained of it is stored: after a kill the steps begin with the same values.
  var cut: URL { environment.folder.run(id).appending(path: "cut", directoryHint: .isDirectory) }

  /// - Parameter adapter: trained in place.
  /// - Throws: `Ended` where the run's flag ended it, with a checkpoint; what training throws.
  func refit(_ adapter: LoRAAdapter, steps: Int, _ material: Material) throws {
    let trainer = try trainer(adapter, steps: steps, material)
    try restore(trainer)
    report.state(.training)
    report.notice(
      .info,
      "#\(id): what is left is trained on for \(Counted.text(trainer.totalSteps, "step"))"
        + (trainer.stepIndex > 0 ? ", from step \(trainer.stepIndex)" : ""))
    let clock = ContinuousClock()
    var saved = clock.now
    var savedStep = trainer.stepIndex
    while !trainer.isFinished {
      environment.options.beforeStep?(id, trainer.stepIndex)
      report.waitWhileHeld(control, as: .training)
      guard !control.mustEnd else {
        try save(trainer)
        throw Ended()
      }
      report.emit(.step(StepSample(try trainer.step())))
      let isDue = environment.options.checkpointSteps.map { trainer.stepIndex - savedStep >= $0 } ?? false
      if isDue || (clock.now - saved) / .seconds(1) >= environment.options.checkpointSeconds {
        try save(trainer)
        (saved, savedStep) = (clock.now, trainer.stepIndex)
      }
    }
    try save(trainer)
  }

  private func trainer(_ adapter: LoRAAdapter, steps: Int, _ material: Material) throws -> Trainer {
    var settings = plan.settings
    settings.steps = steps
    settings.warmupSteps = min(settings.warmupSteps, steps)
    let options = TrainingOptions(settings, threads: team.threads)
    let dataset = try material.tokenising.tokenize(
      material.data.training, sequenceLength: options.sequenceLength, source: material.data.source)
    let need = RunMemory(
      specification: adapter.specification, configuration: material.base.model.configuration,
      sequences: options.batchSize, length: dataset.examples.map(\.tokens.count).max() ?? 0,
      imagesPerSequence: dataset.examples.map(\.images.count).max() ?? 0, prompts: [], maxNewTokens: 0)
    try MemoryShortage.check(need.total, for: "run \(id): training what is left", advice: need.advice)
    return try Trainer(
      base: material.base.model, adapter: adapter, data: dataset.examples, options: options, team: team)
  }

  /// Takes the newest checkpoint that is whole; without one the steps begin anew, and come to the same bits.
  private func restore(_ trainer: Trainer) throws {
    for file in [environment.folder.checkpoint(id), environment.folder.previousCheckpoint(id)]
    where FileManager.default.fileExists(atPath: file.path) {
      do {
        try trainer.restoreCheckpoint(from: file)
        break
      } catch {
        report.notice(.warning, "#\(id): \(Failure.line(error)); an earlier step is taken")
      }
    }
    if (known?.step ?? 0) > 0 || trainer.stepIndex > 0 { report.emit(.rewound(toStep: trainer.stepIndex)) }
  }

  /// A checkpoint is never ahead of the steps in the store; where either is not to be had now, a kill costs the steps since the last.
  private func save(_ trainer: Trainer) throws {
    guard environment.bus.waitUntilStored(seconds: control.mustEnd ? 2 : 5) else { return }
    try FileManager.default.createDirectory(at: environment.folder.run(id), withIntermediateDirectories: true)
    try trainer.saveCheckpoint(
      to: environment.folder.checkpoint(id), keeping: environment.folder.previousCheckpoint(id))
    report.emit(.checkpoint(step: trainer.stepIndex))
  }
}
