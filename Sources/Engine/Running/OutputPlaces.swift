import Analysis
import Foundation
import Messages
import RunStore
import Text

/// Folders into which nothing may be written, whatever they are called: links and other spellings are looked through.
package struct OutputPlaces {
  let runs: [RunSummary]
  let folder: StoreFolder

  package init(runs: [RunSummary], folder: StoreFolder) {
    self.runs = runs
    self.folder = folder
  }

  /// - Parameter run: whose adapter is written; nil for a run that is yet to begin.
  /// - Throws: `StudyError` with status 73 where `path` is a base, another run's adapter, or within the store.
  package func check(_ path: String, of run: RunID?) throws {
    for own in [folder.runs, folder.trash] where FileIdentity.lies(path, within: own.path) {
      let isOwn = runs.contains { $0.id == run && $0.adapterPath.map { FileIdentity.lies(path, within: $0) } ?? false }
      throw refusal(path, isOwn ? "is the run's own folder" : "is within the store's own folders")
    }
    guard let target = FileIdentity(path) else { return }
    for other in runs {
      if case .folder(let model) = other.plan.model, FileIdentity(model) == target {
        throw refusal(path, "is the base model \(model)")
      }
      for place in [other.adapterPath, other.plan.settings.output].compactMap(\.self)
      where FileIdentity(place) == target {
        throw refusal(path, other.id == run ? "is the run's own folder" : "is the output of run \(other.id)")
      }
      if let adapter = other.plan.settings.initialAdapter, FileIdentity(adapter) == target {
        throw refusal(path, "is the adapter that run \(other.id) begins with")
      }
    }
  }

  private func refusal(_ path: String, _ what: String) -> StudyError {
    StudyError("\(path) \(what): name another folder", exitStatus: 73)
  }
}
