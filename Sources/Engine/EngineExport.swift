import Analysis
import Foundation
import HuggingFace
import Messages
import Text

extension Engine {
  /// Copies a run's PEFT folder out: its own files and no others, whole or not at all.
  func export(_ id: RunID, to path: String, replace: Bool) async throws -> CommandOutcome {
    let snapshot = await bus.currentSnapshot()
    guard let run = snapshot.run(id) else { throw StudyError("there is no run \(id)", exitStatus: 66) }
    guard let source = run.adapterPath, FileManager.default.fileExists(atPath: source) else {
      throw StudyError("run \(id) has no adapter: it is \(run.state.rawValue)", exitStatus: 66)
    }
    let from = URL(filePath: source).standardizedFileURL
    let target = URL(filePath: path).standardizedFileURL.path
    try OutputPlaces(runs: snapshot.runs, folder: store.folder).check(target, of: id)
    if let entries = OutputFolder.entries(target), !replace, !entries.isEmpty {
      return .wouldReplace("\(target) is there already.")
    }
    if OutputFolder.entries(target) == nil, FileManager.default.fileExists(atPath: target) {
      throw StudyError("\(target) is a file: name a folder", exitStatus: 73)
    }
    if let name = PEFTAdapterFolder.stranger(in: target) {
      throw StudyError(
        "\(target) holds a file \(name) that lorascope did not write, which would be lost: name another folder",
        exitStatus: 73)
    }
    try await Blocking.run {
      do { try PEFTAdapterFolder.copy(from, to: target) } catch {
        throw StudyError("cannot write \(target): \(Failure.line(error))", exitStatus: 73)
      }
    }
    return .accepted(runs: [id])
  }
}
