import Foundation
import Messages
import Text

extension Engine {
  /// Recent models or files that the browser offers first.
  private static let mostRecent = 6

  /// A folder, with what was used lately; without one, where the last choice was made, or the home folder.
  func listing(_ purpose: FolderListing.Purpose, _ folder: String?) async throws -> FolderListing {
    let recent = await recent(purpose)
    let beside = recent.first.map { ($0.path as NSString).deletingLastPathComponent }
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

  private func recent(_ purpose: FolderListing.Purpose) async -> [FolderBrowser.Recent] {
    let snapshot = await bus.currentSnapshot()
    let used = snapshot.runs.reversed().map { run in
      purpose == .model ? run.plan.model.recent : run.plan.data.recent
    }
    let selected = purpose == .model ? snapshot.model?.reference.recent : snapshot.data?.reference.recent
    var places: [FolderBrowser.Recent] = []
    for place in [selected] + used {
      if let place, !places.contains(place) { places.append(place) }
      if places.count == Self.mostRecent { break }
    }
    return places
  }
}

extension ModelReference {
  fileprivate var recent: FolderBrowser.Recent? {
    if case .folder(let path) = self { FolderBrowser.Recent(path: path) } else { nil }
  }
}

extension DataReference {
  fileprivate var recent: FolderBrowser.Recent? {
    switch self {
    case .file(let path, _): FolderBrowser.Recent(path: path)
    case .published(_, let path, _): FolderBrowser.Recent(path: path, published: self)
    case .task: nil
    }
  }
}
