import Foundation
import Messages
import Recipe
import Training

/// What a run is saved in and goes on from.
extension RunSession {
  private var checkpoint: URL { environment.folder.checkpoint(id) }
  private var previousCheckpoint: URL { environment.folder.previousCheckpoint(id) }

  // MARK: Going on

  /// Goes back to the last checkpoint, or to the start where there is none; later steps will be replaced.
  func restore(_ prepared: PreparedTraining) throws {
    guard let known, known.prepared != nil else { return }
    let files = [checkpoint, previousCheckpoint].filter { FileManager.default.fileExists(atPath: $0.path) }
    if !files.isEmpty, let before = known.prepared, before.baseFingerprint != prepared.summary.baseFingerprint {
      throw Refusal(
        "the base \(plan.model.displayName) has changed since step \(known.step) of run \(id); "
          + "put it back, or repeat the run", exitStatus: 65)
    }
    try restore(prepared.trainer, from: files)
    let step = prepared.trainer.stepIndex
    let points = min(known.heldOutLosses.count, known.heldOutSteps.count(upTo: step))
    if points > 0 { watchedStep = known.heldOutSteps.step(at: points - 1) }
    report.emit(.rewound(toStep: step))
    if let before = known.prepared, before.instructionSet != prepared.summary.instructionSet {
      report.notice(
        .warning,
        "#\(id) goes on with \(prepared.summary.instructionSet) kernels after \(before.instructionSet): "
          + "its later steps are not bit-identical to an uninterrupted run")
    } else {
      report.notice(.info, "#\(id) goes on from step \(step)")
    }
  }

  /// Takes the first checkpoint that is whole. Without any the run begins anew, and comes to the same bits.
  private func restore(_ trainer: Trainer, from files: [URL]) throws {
    var refusals: [any Error] = []
    for file in files {
      do {
        try trainer.restoreCheckpoint(from: file)
        break
      } catch {
        refusals.append(error)
      }
    }
    guard let first = refusals.first else { return }
    if refusals.count == files.count {
      for case let error as TrainingError in refusals { if case .otherRun = error { throw error } }
    }
    let place = trainer.stepIndex > 0 ? "the one before, of step \(trainer.stepIndex), is taken" : "the run begins anew"
    report.notice(.warning, "#\(id): \(Failure.line(first)); \(place)")
  }

  // MARK: Saving

  /// Saves, and while the disk does not take it waits with a notice; gives up only when the run must end.
  func saveOrWait(_ trainer: Trainer, as state: RunState) throws {
    _ = try untilDone(as: state, step: known?.lastCheckpointStep ?? trainer.stepIndex) { try save(trainer) }
  }

  /// Tries until it is done, with a notice while the disk does not take it. False when the run must end.
  ///
  /// - Throws: what `body` throws where waiting cannot help: the process's own limit on the size of files.
  func untilDone(as state: RunState, step: Int, _ body: () throws -> Bool) throws -> Bool {
    var isWaiting = false
    while true {
      do {
        if try body() { break }
      } catch let error as PEFTWorkerError {
        throw error
      } catch let error as PEFTWorker.CalledOff {
        throw error
      } catch {
        if FileSizeLimit.isSet { throw error }
        if !isWaiting {
          let line = Failure.line(error)
          report.state(.paused, reason: line)
          report.notice(.error, "#\(id) waits at step \(step): \(line)")
        }
        isWaiting = true
      }
      if control.mustEnd { return false }
      // The store may have stopped taking steps after the last one was made.
      report.waitWhileHeld(control, as: state)
      Thread.sleep(forTimeInterval: isWaiting ? 0.5 : 0.02)
    }
    if isWaiting {
      report.state(state)
      report.notice(.good, "#\(id) goes on")
    }
    return true
  }

  /// False if the store has not taken the steps yet: a checkpoint must never be ahead of them, or a kill would leave a
  /// gap in the curves.
  func save(_ trainer: Trainer) throws -> Bool {
    guard environment.bus.waitUntilStored(seconds: control.mustEnd ? 2 : 5) else { return false }
    try FileManager.default.createDirectory(
      at: environment.folder.run(id), withIntermediateDirectories: true)
    try trainer.saveCheckpoint(to: checkpoint, keeping: previousCheckpoint)
    report.emit(.checkpoint(step: trainer.stepIndex))
    return true
  }
}
