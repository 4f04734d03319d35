import Cluster
import Engine
import Foundation
import Messages
import Recipe
import RunStore

/// `--watch DIR`: runs that are trained elsewhere, from their logs in a folder that this machine sees, too.
///
/// They are taken into a store of its own in the temporary folder, again whenever a log has changed; nothing is written into the
/// folder that is watched.
final class WatchedFolder: Sendable {
  /// Seconds between two looks.
  private static let interval = 2.0
  private static let mark = "lorascope-watch-"

  let store: URL
  let folder: URL
  private let place: URL

  /// - Throws: `CommandError` (66) where there is no such folder, or one that has no logs and is no cluster's.
  init(_ path: String) throws {
    folder = URL(filePath: Paths.absolute(path), directoryHint: .isDirectory)
    place = FileManager.default.temporaryDirectory.appending(
      path: Self.mark + UUID().uuidString, directoryHint: .isDirectory)
    store = place.appending(path: "store.sqlite")
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw CommandError("there is no folder '\(OneLine.name(path))' to watch", status: 66)
    }
    guard ClusterFolder(folder).isOne || ClusterSearchFolder(folder).isOne || !Self.logs(in: folder).isEmpty else {
      throw CommandError(
        "'\(OneLine.name(path))' holds neither a cluster's study nor logs of runs: name a folder that `sweep --cluster` or "
          + "`runs export-log` wrote", status: 66)
    }
  }

  /// A log as it was when it was looked at.
  private struct Stamp: Hashable {
    var bytes: UInt64
    var changed: Date?
  }

  /// Takes in what is there, and goes on with what changes until the task is cancelled.
  func begin() async throws -> Task<Void, Never> {
    let target = try RunStore(at: store, mode: .engine)
    var seen = await take(into: target, [:])
    return Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(Self.interval))
        seen = await self.take(into: target, seen)
      }
      try? target.close()
    }
  }

  func remove() { try? FileManager.default.removeItem(at: place) }

  /// One log after the other: one that is being replaced, or that is damaged, does not keep the others out.
  private func take(into target: RunStore, _ seen: [URL: Stamp]) async -> [URL: Stamp] {
    var seen = seen
    for log in Self.logs(in: folder) {
      let attributes = try? FileManager.default.attributesOfItem(atPath: log.path)
      let stamp = Stamp(
        bytes: (attributes?[.size] as? NSNumber)?.uint64Value ?? 0, changed: attributes?[.modificationDate] as? Date)
      if seen[log] == stamp { continue }
      seen[log] = stamp
      do { _ = try await target.importLogs([log], watching: true) } catch {
        let time = Date().timeIntervalSince1970
        let notice = Notice(level: .warning, text: Failure.line(error), time: time)
        try? await target.write([Event(sequence: 0, time: time, run: nil, content: .notice(notice))])
      }
    }
    return seen
  }

  /// Of a cluster's study those of all tasks, else those of the folder itself.
  private static func logs(in folder: URL) -> [URL] {
    // A later round goes on with the runs of those before.
    let search = ClusterSearchFolder(folder)
    if search.isOne { return search.rounds.flatMap { logs(in: $0.url) } }
    let own = folder.appending(path: "logs", directoryHint: .isDirectory)
    let tasks = names(own).map { own.appending(path: $0, directoryHint: .isDirectory) }
    let places = ClusterFolder(folder).isOne ? tasks : [folder]
    return places.flatMap { place in
      names(place).filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }.map { place.appending(path: $0) }
    }
  }

  private static func names(_ folder: URL) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
  }
}
