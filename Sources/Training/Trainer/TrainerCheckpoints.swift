import Foundation
import HuggingFace
import Kernels

extension Trainer {
  /// Writes adapter, moments, step and position to one file: beside it first, flushed, then renamed over it. The folder must exist.
  ///
  /// - Parameter previous: where the checkpoint that is replaced is kept, in the same folder; nil keeps none.
  /// - Throws: HuggingFace's `FileError` (status 73 or 74).
  public func saveCheckpoint(to file: URL, keeping previous: URL? = nil) throws {
    try Checkpoint.write(header, slots: optimizer.slots, to: file, keeping: previous)
  }

  /// Puts this run where a checkpoint's was; every further step has the bits that the interrupted run's would have had, on the same
  /// instruction set. `threads` may differ.
  ///
  /// - Throws: `TrainingError.otherRun` if options, targets, base or data differ from this run's; `.badCheckpoint`, or HuggingFace's errors, for a
  ///   file that is missing or damaged. Nothing has changed then.
  public func restoreCheckpoint(from file: URL) throws {
    let contents = try SafetensorsFile(path: file.path)
    let saved = try Checkpoint.header(of: contents)
    func refuse(_ reason: String) -> TrainingError { .otherRun(path: file.path, reason: reason) }
    let own = header
    let differences = saved.options.differences(from: own.options)
    guard differences.isEmpty else {
      throw refuse("its options differ from this run's (\(differences.joined(separator: ", ")))")
    }
    guard saved.specification == own.specification else {
      throw refuse("its adapter has other targets, ranks or alphas")
    }
    guard saved.base == own.base else { throw refuse("its base model has other weights") }
    guard saved.data == own.data else { throw refuse("its training data is another") }
    guard (0...totalSteps).contains(saved.step), isPlace(saved.position) else {
      throw TrainingError.badCheckpoint(path: file.path, reason: "its position is outside the run")
    }
    try Checkpoint.restore(contents, slots: optimizer.slots)
    resume(step: saved.step, position: saved.position)
  }

  private var header: CheckpointHeader {
    CheckpointHeader(
      step: stepIndex, position: position, options: options, specification: adapter.specification,
      base: baseFingerprint, data: dataFingerprint, instructionSet: InstructionSet.current.rawValue)
  }

  private func isPlace(_ position: BatchPosition) -> Bool {
    position.epoch >= 0 && position.epoch < 1 << 32 && (0...data.count).contains(position.offset)
  }
}
