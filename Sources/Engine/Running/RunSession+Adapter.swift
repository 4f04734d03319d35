import Builtin
import Foundation
import HuggingFace
import Messages
import Recipe
import Training

/// Where a run's adapter goes.
extension RunSession {
  /// Makes sure of the output before the first step. Where it is no longer to be had, the run trains all the same.
  func takeOutput() {
    guard let output = reservation else { return }
    do { try take(output) } catch {
      report.notice(.warning, "#\(id): \(Failure.line(error)); the adapter will be kept in \(ownAdapter.path)")
    }
  }

  var ownAdapter: URL { environment.folder.adapter(id) }

  private var reservation: OutputReservation? {
    plan.settings.output.map { OutputReservation(folder: $0, store: environment.folder.database) }
  }

  private func take(_ output: OutputReservation) throws {
    try output.take(for: id, own: known?.adapterPath == plan.settings.output) { _ in true }
  }

  /// To the run's output; a training that has come to its end is not lost because that cannot be written: then to the store's own
  /// folder, which is waited for. False if the run must end meanwhile.
  func writeAdapter(_ prepared: PreparedTraining) throws -> Bool {
    if try writeOutput(prepared) { return true }
    return try untilDone(as: .training, step: prepared.trainer.stepIndex) {
      try write(prepared, to: ownAdapter)
      return true
    }
  }

  /// False where there is none, or where it cannot be written, which is said.
  func writeOutput(_ prepared: PreparedTraining) throws -> Bool {
    guard let reservation, let output = plan.settings.output else { return false }
    do {
      try take(reservation)
      try write(prepared, to: URL(filePath: output, directoryHint: .isDirectory))
    } catch {
      report.notice(
        .error,
        "#\(id): \(Failure.line(error)); the adapter is kept in \(ownAdapter.path): "
          + "`lorascope runs export \(id) --peft DIR` copies it to another folder")
      reservation.release(id)
      return false
    }
    // Not before the store knows of it: a run that a kill ends here still has its folder.
    if environment.bus.waitUntilStored(seconds: 5) { reservation.release(id) }
    return true
  }

  func write(_ prepared: PreparedTraining, to place: URL) throws {
    try save(prepared, to: place)
    report.emit(.adapterWritten(path: place.path))
  }

  /// Writes the adapter as it is now, and tells nobody.
  func save(_ prepared: PreparedTraining, to place: URL) throws {
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try PEFTAdapterFolder.write(
      prepared.adapter, to: place,
      baseModelName: plan.model == .builtin ? BuiltinBase.name : prepared.base.folder.path,
      baseFingerprint: prepared.summary.baseFingerprint)
  }
}
