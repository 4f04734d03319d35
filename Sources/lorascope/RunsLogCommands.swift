import ArgumentParser
import Engine
import Foundation
import Messages
import Recipe
import RunStore
import Text

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs from one machine to another: out of a store into logs, and out of logs into a store.
enum RunsLog {
  /// What writes logs here.
  static var writer: LogWriter {
    LogWriter(
      host: LogWriter.thisHost, engine: Lorascope.configuration.version, processor: Engine.machine)
  }

  struct ExportLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export-log",
      abstract: "Write runs as logs, a JSONL file each with its adapter beside it, for another machine's store.",
      discussion: """
        A log carries all that the store has of its run. An unfinished run brings its newest checkpoint along. Writing it again \
        replaces it by the newer one. `runs import` takes it in.
        """)
    @Argument(help: "The runs' numbers; none for every run that has begun.") var runs: [RunID] = []
    @Option(help: ArgumentHelp("The folder for the logs.", valueName: "dir")) var output: String
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    func run() async throws {
      StandardStreams.finishFirst()
      signal(SIGXFSZ, SIG_IGN)
      let source = try RunStore(at: store.url ?? StoreLocation.defaultStore(), mode: .reading)
      defer { try? source.close() }
      let known = try await source.readableRuns()
      for id in runs where !known.runs.contains(where: { $0.id == id }) {
        if let bad = known.unreadable.first(where: { $0.id == id }) {
          throw CommandError("run #\(id): \(bad.what); `lorascope runs delete \(id)` removes it", status: 65)
        }
        throw CommandError("no run #\(id) in this store", status: 66)
      }
      var named = Set<RunID>()
      let wanted =
        runs.isEmpty
        ? known.runs.filter { $0.state != .waiting && $0.state != .cancelled }.map(\.id)
        : runs.filter { named.insert($0).inserted }
      guard !wanted.isEmpty else {
        throw CommandError("no run of this store has begun: there is nothing to export", status: 66)
      }
      let folder = URL(filePath: Paths.absolute(output), directoryHint: .isDirectory)
      let logs = try await source.exportLogs(wanted, to: folder, by: RunsLog.writer)
      if json.json { return try JSONOutput.print(["logs": logs.map(\.path)]) }
      print(logs.map(\.path).joined(separator: "\n"))
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Take the runs of logs into the store: all of them, or none where one of them is wrong.",
      discussion: """
        The same log again changes nothing; a longer log of a run that is here already continues it. What the store and a log \
        say of the same run must be the same. Each run keeps the host, processor and instruction set on which it was trained, and \
        latencies of different machines are never set against each other.
        """)
    @Argument(help: "Folders that `runs export-log` wrote, or logs.") var places: [String]
    @OptionGroup var store: StoreFlags
    @OptionGroup var json: JSONFlag

    struct Report: Encodable {
      var added: [RunID]
      var continued: [RunID]
      var unchanged: [RunID]
      var remarks: [String]
    }

    func validate() throws {
      if places.isEmpty { throw ValidationError("name a folder that `runs export-log` wrote") }
    }

    func run() async throws {
      StandardStreams.finishFirst()
      signal(SIGXFSZ, SIG_IGN)
      let target = try RunStore(at: store.url ?? StoreLocation.defaultStore(), mode: .engine)
      defer { try? target.close() }
      let outcome = try await target.importLogs(places.map { URL(filePath: Paths.absolute($0)) })
      if json.json {
        return try JSONOutput.print(
          Report(
            added: outcome.added, continued: outcome.continued, unchanged: outcome.unchanged, remarks: outcome.remarks))
      }
      for remark in outcome.remarks { print(remark) }
      print(
        [
          Self.part("imported", outcome.added), Self.part("continued", outcome.continued),
          Self.part("nothing new of", outcome.unchanged),
        ].compactMap { $0 }.joined(separator: "; "))
    }

    private static func part(_ what: String, _ runs: [RunID]) -> String? {
      guard let first = runs.first else { return nil }
      if runs.count <= 8 { return "\(what) \(runs.map { "#\($0)" }.joined(separator: " "))" }
      return "\(what) \(Counted.text(runs.count, "run")), from #\(first)"
    }
  }
}
