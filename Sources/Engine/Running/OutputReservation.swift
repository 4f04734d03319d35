import Analysis
import Foundation
import HuggingFace
import Messages
import Recipe
import RunStore
import Text

/// Keeps a folder for one run's adapter from before its first step until the adapter is there: a file in it that says whose it
/// is, made in one step, so that of two programs with the same folder one is refused before it trains.
package struct OutputReservation {
  package static let name = ".lorascope-output"

  /// What the file says.
  private struct Holder: Codable, Equatable {
    /// The store's file, without links.
    var store: String
    /// Nil until the run has its number.
    var run: RunID?
    var process: Int32
    /// The folder was made for it, and goes with it if nothing is written.
    var made: Bool
  }

  private let folder: String
  private let store: String

  package init(folder: String, store: URL) {
    self.folder = folder
    self.store = FileIdentity.real(store.path)
  }

  private var path: String { folder + "/" + Self.name }

  /// Makes the folder, sees that it can be written and has nothing of anybody's in it, and takes it.
  ///
  /// - Parameters:
  ///   - run: the run, where it has its number.
  ///   - own: the folder may hold this run's adapter already.
  ///   - isCurrent: whether a number belongs to a run of this store that may still write its output.
  /// - Throws: `Refusal` with status 73.
  package func take(for run: RunID?, own: Bool = false, isCurrent: (RunID) -> Bool) throws {
    var status = stat()
    if lstat(folder, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFLNK, stat(folder, &status) != 0 { throw refusal("is a link to nothing") }
      guard status.st_mode & S_IFMT == S_IFDIR else { throw refusal("is a file, not a folder") }
    }
    let made = FileIdentity(folder) == nil
    do { try OutputFile.makeFolder(folder) } catch { throw refusal("cannot be made: \(Failure.line(error))") }
    do {
      Leftovers.sweep(folder, of: Set(PEFTAdapterFolder.names + [Self.name]))
      try requireFree(own: own || isHeld(by: run))
      try take(Holder(store: store, run: run, process: getpid(), made: made), isCurrent: isCurrent)
      do { try requireFree(own: own || isHeld(by: run)) } catch {
        unlink(path)
        throw error
      }
    } catch {
      if made { rmdir(folder) }
      throw error
    }
  }

  private func requireFree(own: Bool) throws {
    guard let entries = OutputFolder.entries(folder) else { throw refusal("cannot be read") }
    let others = entries.filter { name in
      if name == Self.name || Leftovers.target(of: name) != nil { return false }
      return !(own && PEFTAdapterFolder.names.contains(name))
    }.sorted()
    if let first = others.first {
      let more = others.count > 1 ? " and \(others.count - 1) more" : ""
      throw refusal("holds \(first)\(more), which would not stay as it is")
    }
  }

  private func take(_ wanted: Holder, isCurrent: (RunID) -> Bool) throws {
    let text: [UInt8]
    do { text = Array(try JSONEncoder().encode(wanted)) } catch { throw refusal("cannot be reserved") }
    for _ in 0..<3 {
      guard try !create(text) else { return }
      let present = holder()
      if let present, present.store == store,
        present.run == nil ? present.process == getpid() : present.run == wanted.run
      {
        return try change(wanted, made: present.made)
      }
      if let present, !isStale(present, isCurrent) {
        let who = present.run.map { "run \($0) of the store \(present.store)" } ?? "process \(present.process)"
        throw refusal("is reserved for \(who)")
      }
      // Nobody's any more: whoever takes it away first goes on.
      let aside = path + ".partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
      if rename(path, aside) == 0 {
        let moved = Self.holder(at: aside)
        if moved == present {
          unlink(aside)
        } else {
          _ = rename(aside, path)
        }
      }
    }
    throw refusal("is being reserved by another program")
  }

  /// Written beside and linked, so that it is there whole or not at all; false where one is there already.
  private func create(_ text: [UInt8]) throws -> Bool {
    let beside = folder + "/" + Leftovers.partialName(of: Self.name)
    defer {
      unlink(beside)
      Leftovers.finished((beside as NSString).lastPathComponent)
    }
    do { try OutputFile.save(text, to: beside) } catch { throw refusal("cannot be written: \(Failure.line(error))") }
    if link(beside, path) == 0 { return true }
    let code = errno
    if code == EEXIST { return false }
    // Without links in this file system, the last to look has it.
    guard [EPERM, ENOTSUP, ENOSYS].contains(code), access(path, F_OK) != 0, rename(beside, path) == 0 else {
      throw refusal("cannot be written: \(String(cString: strerror(code)))")
    }
    return true
  }

  private func isStale(_ holder: Holder, _ isCurrent: (RunID) -> Bool) -> Bool {
    guard let run = holder.run else { return kill(holder.process, 0) != 0 && errno == ESRCH }
    if holder.store == store { return !isCurrent(run) }
    return !FileManager.default.fileExists(atPath: holder.store)
  }

  private func change(_ holder: Holder, made: Bool) throws {
    var holder = holder
    holder.made = made
    do { try OutputFile.save(Array(JSONEncoder().encode(holder)), to: path) } catch {
      throw refusal("cannot be written: \(Failure.line(error))")
    }
  }

  /// The run has its number now.
  package func assign(_ run: RunID) {
    guard let holder = holder(), holder.store == store, holder.run == nil, holder.process == getpid() else { return }
    try? change(Holder(store: store, run: run, process: getpid(), made: holder.made), made: holder.made)
  }

  /// - Parameter run: nil asks for any of this process that has no number yet.
  package func isHeld(by run: RunID? = nil) -> Bool {
    guard let holder = holder(), holder.store == store else { return false }
    return holder.run == run && (run != nil || holder.process == getpid())
  }

  /// Gives the folder back; one that was made for the run goes, if nothing is in it.
  package func release(_ run: RunID?) {
    guard isHeld(by: run), let holder = holder() else { return }
    unlink(path)
    if holder.made { rmdir(folder) }
  }

  private func holder() -> Holder? { Self.holder(at: path) }

  private static func holder(at path: String) -> Holder? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 1 << 16,
      let data = FileManager.default.contents(atPath: path)
    else { return nil }
    return try? JSONDecoder().decode(Holder.self, from: data)
  }

  private func refusal(_ what: String) -> Refusal {
    Refusal("the output \(folder) \(what): name a new or an empty folder", exitStatus: 73)
  }
}

/// Folders into which nothing may be written, whatever they are called: links and other spellings are looked through.
package struct OutputPlaces {
  let runs: [RunSummary]
  let folder: StoreFolder

  package init(runs: [RunSummary], folder: StoreFolder) {
    self.runs = runs
    self.folder = folder
  }

  /// - Parameter run: whose adapter is written; nil for a run that is yet to begin.
  /// - Throws: `Refusal` with status 73 where `path` is a base, another run's adapter, or within the store.
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

  private func refusal(_ path: String, _ what: String) -> Refusal {
    Refusal("\(path) \(what): name another folder", exitStatus: 73)
  }
}
