import Foundation
import HuggingFace
import Messages

extension Engine {
  /// Copies a run's PEFT folder out: written beside and renamed, so that a half-written one is never seen.
  func export(_ id: RunID, to path: String, replace: Bool) async throws -> CommandOutcome {
    guard let run = await bus.currentSnapshot().run(id) else {
      throw StudyError("there is no run \(id)", exitStatus: 66)
    }
    guard let source = run.adapterPath, FileManager.default.fileExists(atPath: source) else {
      throw StudyError("run \(id) has no adapter: it is \(run.state.rawValue)", exitStatus: 66)
    }
    let from = URL(filePath: source).standardizedFileURL
    let target = URL(filePath: path).standardizedFileURL
    guard from.path != target.path else {
      throw StudyError("\(target.path) is the run's own folder: name another", exitStatus: 73)
    }
    if !replace, FileManager.default.fileExists(atPath: target.path) {
      return .wouldReplace("\(target.path) is there already.")
    }
    guard Self.mayReplace(target) else {
      throw StudyError(
        "\(target.path) holds something else than an adapter, which would be lost: name another folder", exitStatus: 73)
    }
    try await Blocking.run { try Self.copy(from, to: target) }
    return .accepted(runs: [id])
  }

  /// Nothing, an empty folder, or an adapter.
  private static func mayReplace(_ target: URL) -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: target.path) else { return true }
    guard let names = try? files.contentsOfDirectory(atPath: target.path) else { return false }
    return names.isEmpty || names.contains("adapter_config.json")
  }

  private static func copy(_ source: URL, to target: URL) throws {
    let files = FileManager.default
    let parent = target.deletingLastPathComponent()
    let beside = parent.appending(path: ".\(target.lastPathComponent).\(UUID().uuidString)")
    do {
      try files.createDirectory(at: parent, withIntermediateDirectories: true)
      try files.copyItem(at: source, to: beside)
      try PEFTAdapterFolder.nameBase(in: beside)
      if files.fileExists(atPath: target.path) { try files.removeItem(at: target) }
      try files.moveItem(at: beside, to: target)
    } catch {
      try? files.removeItem(at: beside)
      throw StudyError("cannot write \(target.path): \(error.localizedDescription)", exitStatus: 73)
    }
  }
}
