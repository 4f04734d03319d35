import Foundation

/// Themes as they lie in folders and in the program: which there are, from which files, and what is wrong with the others.
public enum ThemeFolder {
  public struct Entry: Sendable, Equatable {
    public var theme: Theme
    /// Nil for one that is compiled in.
    public var file: URL?
  }

  /// The themes of these folders (`*.toml`), the first of a name winning, and those that are compiled in, with the built-in one first.
  /// - Parameter faults: is told what is wrong with a file that is left out.
  public static func contents(of folders: [URL], faults: (ThemeError) -> Void = { _ in }) -> [Entry] {
    var entries: [Entry] = []
    var seen: Set<String> = []
    var files: Set<String> = []
    for folder in folders {
      // A linked folder is as good as another.
      let real = folder.resolvingSymlinksInPath()
      let contents = (try? FileManager.default.contentsOfDirectory(at: real, includingPropertiesForKeys: nil)) ?? []
      for file in contents.sorted(by: { $0.lastPathComponent < $1.lastPathComponent })
      where file.pathExtension == "toml" {
        files.insert(file.deletingPathExtension().lastPathComponent.lowercased())
        do {
          let theme = try Theme.load(from: file)
          if seen.insert(theme.name.lowercased()).inserted { entries.append(Entry(theme: theme, file: file)) }
        } catch {
          faults(error)
        }
      }
    }
    for stem in EmbeddedThemes.texts.keys.sorted() where !files.contains(stem) {
      guard let theme = embedded(stem), seen.insert(theme.name.lowercased()).inserted else { continue }
      entries.append(Entry(theme: theme, file: nil))
    }
    if seen.insert(Theme.night.name.lowercased()).inserted { entries.insert(Entry(theme: .night, file: nil), at: 0) }
    return entries
  }

  /// The theme of a file's name without ending, or of its own name.
  /// - Throws: `ThemeError`, also when no folder has it.
  public static func theme(named name: String, in folders: [URL]) throws(ThemeError) -> Entry {
    for folder in folders {
      let file = folder.appendingPathComponent(name.lowercased() + ".toml")
      if FileManager.default.fileExists(atPath: file.path) {
        return Entry(theme: try Theme.load(from: file), file: file)
      }
    }
    if let theme = embedded(name.lowercased()) { return Entry(theme: theme, file: nil) }
    let all = contents(of: folders)
    if let entry = all.first(where: { $0.theme.name.lowercased() == name.lowercased() }) { return entry }
    let names = all.map(\.theme.name).joined(separator: ", ")
    throw ThemeError(file: "theme `\(name)`", line: nil, reason: "not found; there are: \(names)", isMissing: true)
  }
}

extension ThemeFolder {
  /// One that is compiled in, by the name of its file; a test reads them all.
  private static func embedded(_ stem: String) -> Theme? {
    EmbeddedThemes.texts[stem].flatMap {
      try? Theme.parse(String(decoding: $0, as: UTF8.self), file: "\(stem).toml", fallbackName: stem)
    }
  }
}

/// A file that a person may change while it is used: noticed by its size, time and inode, without reading it.
public struct WatchedFile: Sendable {
  public let url: URL
  private var stamp: Stamp?

  private struct Stamp: Equatable, Sendable {
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
    var inode: UInt64
  }

  public init(_ url: URL) {
    self.url = url
    stamp = Self.stamp(url)
  }

  /// Whether it is another one than at the last look. A file that is away for a moment, as editors do it, has not changed.
  public mutating func hasChanged() -> Bool {
    guard let now = Self.stamp(url), now != stamp else { return false }
    stamp = now
    return true
  }

  private static func stamp(_ url: URL) -> Stamp? {
    var status = stat()
    guard stat(url.path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Stamp(
      size: Int64(status.st_size), seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec),
      inode: UInt64(status.st_ino))
  }
}
