import Foundation
import HuggingFace
import Messages

extension Engine {
  /// Recent models or files that the browser offers first.
  private static let mostRecent = 6

  /// A folder, with what was used lately; without one, where the last choice was made, or the home folder.
  func listing(_ purpose: FolderListing.Purpose, _ folder: String?) async throws -> FolderListing {
    let recent = await recentPaths(purpose)
    let beside = recent.first.map { ($0 as NSString).deletingLastPathComponent }
    return try await Blocking.run {
      let browser = FolderBrowser(purpose)
      if folder == nil, let beside, let listing = try? browser.listing(of: beside, recent: recent) { return listing }
      return try browser.listing(of: folder ?? PersonFolders.current.home, recent: recent)
    }
  }

  func examples(_ request: DataExamples.Request) async throws -> DataExamples {
    let base = try await load(request.model)
    return try await Blocking.run { try ExamplesOfData.load(request, base: base) }
  }

  private func recentPaths(_ purpose: FolderListing.Purpose) async -> [String] {
    let snapshot = await bus.currentSnapshot()
    let used = snapshot.runs.reversed().map { run in
      purpose == .model ? run.plan.model.path : run.plan.data.path
    }
    let selected = purpose == .model ? snapshot.model?.reference.path : snapshot.data?.reference.path
    var paths: [String] = []
    for path in [selected] + used {
      if let path, !paths.contains(path) { paths.append(path) }
      if paths.count == Self.mostRecent { break }
    }
    return paths
  }
}

extension ModelReference {
  fileprivate var path: String? { if case .folder(let path) = self { path } else { nil } }
}

extension DataReference {
  fileprivate var path: String? { if case .file(let path, _) = self { path } else { nil } }
}
