import Foundation
import Recipe

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What can be known of a cluster folder before a task looks for it on another node.
package struct FolderProbe: Sendable {
  /// Seconds by which the clock here is ahead of the file system's.
  package var clockAhead: Double
  /// How the kernel calls the file system, where that is known.
  package var kind: Kind

  package enum Kind: Hashable, Sendable {
    /// Several machines may have it.
    case network(String)
    /// A disk of this machine, which may be exported to others.
    case local(String)
    /// In this machine's memory.
    case memory
    case unknown
  }

  /// Times in logs, and the scheduler's credentials, are off by more than this.
  package static let mostClock = 60.0

  package init(clockAhead: Double, kind: Kind) { (self.clockAhead, self.kind) = (clockAhead, kind) }

  /// Writes a file into the folder and looks at it.
  ///
  /// - Throws: `Refusal` (73) where nothing can be written.
  package init(_ folder: URL) throws(Refusal) {
    let file = folder.appending(path: ".probe-\(UUID().uuidString)")
    defer { unlink(file.path) }
    let before = Date().timeIntervalSince1970
    do { try Data("lorascope\n".utf8).write(to: file) } catch {
      throw Refusal(
        "cannot write into the folder \(OneLine.text(folder.path)): \(error.localizedDescription); name another with --folder",
        exitStatus: 73)
    }
    let after = Date().timeIntervalSince1970
    var status = stat()
    guard stat(file.path, &status) == 0 else {
      throw Refusal(
        "what was written into \(OneLine.text(folder.path)) is not there: name another --folder", exitStatus: 73)
    }
    #if canImport(Darwin)
      let time = Double(status.st_mtimespec.tv_sec) + Double(status.st_mtimespec.tv_nsec) * 1e-9
    #else
      let time = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
    #endif
    clockAhead = time < before ? before - time : time > after ? after - time : 0
    kind = Self.kind(of: folder)
  }

  /// What stands against the folder, or is to be known of it.
  ///
  /// - Parameters:
  ///   - others: nodes of the cluster that are not this machine.
  /// - Returns: a remark; nil where nothing is to be said.
  /// - Throws: `Refusal` for what cannot go well.
  package func check(_ folder: String, others: [String]) throws(Refusal) -> String? {
    guard abs(clockAhead) <= Self.mostClock else {
      throw Refusal(
        "the clock here is \(Int(abs(clockAhead))) s \(clockAhead > 0 ? "ahead of" : "behind") that of the file system of "
          + "\(OneLine.text(folder)): set it (NTP), since logs and the scheduler's credentials go by it", exitStatus: 69
      )
    }
    guard let node = others.first else { return nil }
    switch kind {
    case .memory:
      throw Refusal(
        "\(OneLine.text(folder)) lies in this machine's memory, and tasks would run on \(OneLine.text(node)) too: name a --folder "
          + "on a file system that all nodes share", exitStatus: 73)
    case .local(let name):
      return
        "\(OneLine.text(folder)) lies on a disk of this machine (\(name)): tasks on \(OneLine.text(node)) find it only if it is "
        + "exported to them under the same path"
    case .network, .unknown: return nil
    }
  }

  private static func kind(of folder: URL) -> Kind {
    guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8) else { return .unknown }
    return kind(of: folder.resolvingSymlinksInPath().path, mounts: mounts)
  }

  /// By the innermost mount that a path lies in.
  ///
  /// - Parameter mounts: as `/proc/self/mountinfo` lists them: the fifth word is the place, the first after a lone hyphen the type. Later
  ///   ones lie over earlier ones.
  package static func kind(of path: String, mounts: String) -> Kind {
    var innermost = (place: "", type: "")
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 6, let mark = words[6...].firstIndex(of: "-"), mark + 1 < words.count else { continue }
      let place = String(words[4]).replacing("\\040", with: " ")
      let isIn = place == "/" || path == place || path.hasPrefix(place + "/")
      if isIn, place.utf8.count >= innermost.place.utf8.count { innermost = (place, String(words[mark + 1])) }
    }
    switch innermost.type {
    case "tmpfs", "ramfs": return .memory
    case "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "overlay", "f2fs": return .local(innermost.type)
    case "nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "cifs", "smb3", "9p", "afs", "orangefs", "panfs", "wekafs":
      return .network(innermost.type)
    default: return .unknown
    }
  }
}
