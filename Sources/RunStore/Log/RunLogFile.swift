import Foundation
import Messages
import Recipe

/// Logs, before they are taken in.
package enum RunLogs {
  /// The logs of a folder, each with what its first line says, in the order of their names; none where there is no such folder, or
  /// nothing in it.
  ///
  /// - Throws: `StoreError` for what is no log.
  package static func all(in folder: URL) throws -> [(log: URL, header: RunLogHeader)] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    return try names.filter { $0.hasSuffix("." + RunLogFile.ending) && !$0.hasPrefix(".") }.map { name in
      let log = RunLogFile(folder.appending(path: name))
      return (log.url, try log.header())
    }
  }

  /// Puts a log and its files aside, where no import finds them.
  package static func putAside(_ log: URL) throws {
    let file = RunLogFile(log)
    let mark = ".damaged-\(UUID().uuidString.prefix(8))"
    try LogFiles.move(log, to: log.appendingPathExtension(String(mark.dropFirst())))
    if LogFiles.isFolder(file.files) { try LogFiles.move(file.files, to: URL(filePath: file.files.path + mark)) }
  }

  /// Copies under way that a kill has left.
  package static func sweepCopies(in folder: URL) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] where name.hasPrefix(".run-")
    {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }
}

/// A log on disk: `NAME.jsonl`, and its files in the folder `NAME.files` beside it.
struct RunLogFile: Sendable {
  let url: URL

  static let ending = "jsonl"
  private static let longestLine = 256 << 20
  private static let chunk = 1 << 20

  init(_ url: URL) { self.url = url }

  var files: URL {
    url.deletingPathExtension().appendingPathExtension("files")
  }

  /// The logs of folders, in the order of their names; a log may be named itself.
  /// - Throws: `StoreError` for a place that is not there, and for a folder without a log.
  static func logs(in places: [URL]) throws -> [RunLogFile] {
    var logs: [RunLogFile] = []
    for place in places {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
        throw StoreError(
          .missing, "there is no folder \(OneLine.text(place.path)): name one that `runs export-log` wrote")
      }
      if !isFolder.boolValue {
        logs.append(RunLogFile(place))
        continue
      }
      let names: [String]
      do { names = try FileManager.default.contentsOfDirectory(atPath: place.path) } catch {
        throw StoreError(
          .inputOutput, "cannot read the folder \(OneLine.text(place.path)): \(error.localizedDescription)")
      }
      let found = names.filter { $0.hasSuffix("." + ending) && !$0.hasPrefix(".") }.sorted()
      guard !found.isEmpty else {
        throw StoreError(
          .missing,
          "no log in \(OneLine.text(place.path)): a folder of logs has files NAME.\(ending), as `runs export-log` writes them"
        )
      }
      logs += found.map { RunLogFile(place.appending(path: $0)) }
    }
    // A place that is named twice is one place.
    var known: Set<String> = []
    return logs.filter { known.insert($0.url.resolvingSymlinksInPath().path).inserted }
  }

  /// - Throws: `StoreError` for what is no log.
  func header() throws -> RunLogHeader {
    var header: RunLogHeader?
    try lines { line, number, _ in
      header = try Self.header(line, place(number))
      return false
    }
    guard let header else { throw fault(1, "the file is empty: export the run again") }
    return header
  }

  /// Reads all of it.
  ///
  /// - Returns: the run, and a remark where the last line was torn off.
  /// - Throws: `StoreError` with file and line.
  func read() throws -> (log: RunLog, remark: String?) {
    var log: RunLog?
    var remark: String?
    let decoder = JSON.decoder()
    try lines { line, number, isWhole in
      if log == nil {
        log = RunLog(try Self.header(line, place(number)))
        return true
      }
      guard let event = try? decoder.decode(RunLogLine.self, from: line) else {
        if !isWhole {
          remark = "\(place(number)): the last line was torn off, and is left out"
          return false
        }
        throw fault(number, "it is no event of a run that this version can read")
      }
      do throws(LogFault) { try log?.take(event) } catch { throw fault(number, error.what) }
      return true
    }
    guard let log else { throw fault(1, "the file is empty: export the run again") }
    return (log, remark)
  }

  private static func header(_ line: Data, _ place: String) throws -> RunLogHeader {
    struct Kind: Decodable {
      var log: String
      var version: Int
    }
    guard let kind = try? JSON.decoder().decode(Kind.self, from: line), kind.log == RunLogHeader.kind else {
      throw StoreError(.unreadable, "\(place): this is no log of a run: name a folder that `runs export-log` wrote")
    }
    guard (1...RunLogHeader.version).contains(kind.version) else {
      throw StoreError(
        .version,
        "\(place): the log is of version \(kind.version), and this lorascope reads up to \(RunLogHeader.version): "
          + "update this one")
    }
    guard let header = try? JSON.decoder().decode(RunLogHeader.self, from: line) else {
      throw StoreError(.unreadable, "\(place): the log's first line does not say what the run is: export the run again")
    }
    func isName(_ text: String?) -> Bool {
      guard let text else { return true }
      return text.utf8.count <= 1000 && !text.unicodeScalars.contains { OneLine.isHidden($0) }
    }
    guard header.seed == header.plan.settings.seed else {
      throw StoreError(.unreadable, "\(place): the log names a seed of \(header.seed), and its plan another")
    }
    // What no run could be queued with would overflow where it is computed with.
    do { try header.plan.settings.validate() } catch {
      throw StoreError(.unreadable, "\(place): the log's plan is none that can be trained: \(error)")
    }
    guard !header.identity.isEmpty, isName(header.identity), isName(header.host), isName(header.engine),
      isName(header.base),
      isName(header.processor), isName(header.instructionSet), RunColumn.times.contains(header.created)
    else { throw StoreError(.unreadable, "\(place): the log's first line does not say which run it is of") }
    return header
  }

  func place(_ line: Int) -> String { "\(OneLine.text(url.path)):\(line)" }

  func fault(_ line: Int, _ what: String) -> StoreError { StoreError(.unreadable, "\(place(line)): \(what)") }

  /// Calls with each line, its number, and whether a line feed ended it, until the body has enough. Empty lines are passed over.
  private func lines(_ body: (Data, Int, Bool) throws -> Bool) throws {
    let handle: FileHandle
    do { handle = try FileHandle(forReadingFrom: url) } catch {
      throw StoreError(.inputOutput, "cannot read \(OneLine.text(url.path)): \(error.localizedDescription)")
    }
    defer { try? handle.close() }
    var rest = Data()
    var number = 0
    while true {
      let more: Data?
      do { more = try handle.read(upToCount: Self.chunk) } catch {
        throw StoreError(.inputOutput, "cannot read \(OneLine.text(url.path)): \(error.localizedDescription)")
      }
      guard let more, !more.isEmpty else { break }
      var start = more.startIndex
      while let end = more[start...].firstIndex(of: UInt8(ascii: "\n")) {
        number += 1
        rest.append(more[start..<end])
        start = more.index(after: end)
        let line = rest
        rest = Data()
        if !line.isEmpty, try !body(line, number, true) { return }
      }
      rest.append(more[start...])
      guard rest.count <= Self.longestLine else { throw fault(number + 1, "the line is longer than any event") }
    }
    if !rest.isEmpty { _ = try body(rest, number + 1, false) }
  }
}
