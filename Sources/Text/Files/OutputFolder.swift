import Foundation
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A folder of a few files that this program writes, and may write again where the person asks for it.
package enum OutputFolder {
  /// Fills `folder` with the files `names`. Where it is new, empty or has nothing else in it, it appears or changes whole: a
  /// kill at any point leaves what was there or what is new. Other people's files in it are not touched; then the old files
  /// stay beside the new ones, as `NAME.replaced-PID-N`, until all new ones are there.
  ///
  /// - Parameters:
  ///   - names: what `write` makes, the file last that says that the folder is whole.
  ///   - write: gets the folder to write into.
  package static func replace(_ folder: String, names: [String], write: (String) throws -> Void) throws {
    // A link stays a link: what it leads to is replaced.
    let folder = FileIdentity.real(folder)
    let parent = (folder as NSString).deletingLastPathComponent
    let name = (folder as NSString).lastPathComponent
    try OutputFile.makeFolder(parent)
    Leftovers.sweep(parent, of: ["." + name])
    sweepUnique(parent, name, names)
    let own = Set(names)
    var present = entries(folder)
    if present != nil {
      Leftovers.sweep(folder, of: own)
      takeBack(folder, own)
      present = entries(folder)
    }
    guard present?.allSatisfy(own.contains) ?? true else { return try replaceInPlace(folder, names, write) }
    let partial = Leftovers.partialName(of: "." + name)
    defer { Leftovers.finished(partial) }
    let beside = parent + "/" + partial
    // A parent that cannot be written is no reason not to write into the folder itself.
    guard mkdir(beside, 0o777) == 0 else {
      let code = errno
      if present != nil { return try replaceInPlace(folder, names, write) }
      throw FileError.create(folder, code: code)
    }
    var isDone = false
    defer { if !isDone { removeFiles(beside, own) } }
    try write(beside)
    if present?.isEmpty ?? true {
      // Takes the place of an empty folder, too.
      guard rename(beside, folder) == 0 else { throw FileError.create(folder, code: errno) }
      isDone = true
    } else if exchange(beside, folder) {
      removeFiles(beside, own)
      isDone = true
    } else {
      removeFiles(beside, own)
      isDone = true
      return try replaceInPlace(folder, names, write)
    }
    try OutputFile.flushFolder(parent)
  }

  /// The names in a folder; nil where there is none.
  package static func entries(_ folder: String) -> [String]? {
    try? FileManager.default.contentsOfDirectory(atPath: folder)
  }

  /// Two names for each other in one step, where the system can.
  private static func exchange(_ one: String, _ other: String) -> Bool {
    #if canImport(Glibc)
      // Linux' own, which the module of the C library leaves out.
      typealias RenameAt2 =
        @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
      let exchangeFlag: UInt32 = 2
      guard let symbol = dlsym(nil, "renameat2") else { return false }
      return unsafeBitCast(symbol, to: RenameAt2.self)(AT_FDCWD, one, AT_FDCWD, other, exchangeFlag) == 0
    #else
      return false
    #endif
  }

  private static func removeFiles(_ folder: String, _ names: Set<String>) {
    for name in names { unlink(folder + "/" + name) }
    Leftovers.sweep(folder, of: names)
    rmdir(folder)
  }

  // MARK: Among other people's files

  private static let replaced = ".replaced-"

  private static func replaceInPlace(_ folder: String, _ names: [String], _ write: (String) throws -> Void) throws {
    let mark = "\(replaced)\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    var kept: [String] = []
    for name in names where access(folder + "/" + name, F_OK) == 0 {
      guard link(folder + "/" + name, folder + "/" + name + mark) == 0 || errno == EPERM || errno == ENOTSUP else {
        let code = errno
        for name in kept { unlink(folder + "/" + name + mark) }
        throw FileError.create(folder + "/" + name, code: code)
      }
      kept.append(name)
    }
    do {
      // Without it nobody takes half of it for a whole.
      if let last = names.last, kept.contains(last) { unlink(folder + "/" + last) }
      try write(folder)
    } catch {
      for name in kept { _ = rename(folder + "/" + name + mark, folder + "/" + name) }
      throw error
    }
    for name in kept { unlink(folder + "/" + name + mark) }
  }

  /// A replacement that a kill has cut short: the old files get their names back.
  private static func takeBack(_ folder: String, _ own: Set<String>) {
    for entry in entries(folder) ?? [] {
      guard let mark = entry.range(of: replaced, options: .backwards) else { continue }
      let name = String(entry[..<mark.lowerBound])
      let parts = entry[mark.upperBound...].split(separator: "-", omittingEmptySubsequences: false)
      guard own.contains(name), parts.count == 2, let process = Int32(parts[0]), process > 0, UInt32(parts[1]) != nil
      else { continue }
      if process != getpid(), kill(process, 0) == 0 || errno != ESRCH { continue }
      _ = rename(folder + "/" + entry, folder + "/" + name)
    }
  }

  /// Folders that versions before have left of an export: `.NAME.UUID` with nothing in it but such files.
  private static func sweepUnique(_ parent: String, _ name: String, _ names: [String]) {
    for entry in entries(parent) ?? [] where entry.hasPrefix(".\(name).") {
      guard UUID(uuidString: String(entry.dropFirst(name.count + 2))) != nil else { continue }
      let inside = entries(parent + "/" + entry) ?? [""]
      guard inside.allSatisfy(names.contains) else { continue }
      removeFiles(parent + "/" + entry, Set(names))
    }
  }
}

/// Which file or folder it is, whatever it is called: two paths of the same device and inode are one thing.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  /// Nil where nothing is; links are followed.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// The path without links. What does not exist yet keeps its name below the part that does.
  package static func real(_ path: String) -> String {
    var existing = URL(fileURLWithPath: path).standardizedFileURL.path
    var rest: [String] = []
    while existing != "/" {
      if let real = realpath(existing, nil) {
        defer { free(real) }
        return ([String(cString: real)] + rest.reversed()).joined(separator: "/")
      }
      rest.append((existing as NSString).lastPathComponent)
      existing = (existing as NSString).deletingLastPathComponent
    }
    return "/" + rest.reversed().joined(separator: "/")
  }

  /// Whether `path` is `folder`, or would be within it.
  package static func lies(_ path: String, within folder: String) -> Bool {
    guard let wanted = FileIdentity(folder) else { return false }
    var place = real(path)
    while true {
      if FileIdentity(place) == wanted { return true }
      if place == "/" || place.isEmpty { return false }
      place = (place as NSString).deletingLastPathComponent
    }
  }
}
