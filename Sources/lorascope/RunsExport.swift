import Analysis
import Engine
import Foundation
import Messages
import Recipe
import Text

/// Runs as files that other tools read.
struct RunsExport {
  var jsonl: String?
  var csv: String?
  var tensorboard: String?
  var wandb: String?
  /// What is there already gives way.
  var replace: Bool

  private struct Report: Encodable {
    var runs: [RunID]
    var files: [String]
  }

  func write(_ wanted: [RunID], _ session: StudySession, _ isJSON: Bool) async throws {
    let snapshot = await session.shown()
    let chosen = Set(wanted)
    let runs = snapshot.runs.filter {
      wanted.isEmpty ? $0.state != .waiting && $0.state != .cancelled : chosen.contains($0.id)
    }
    guard !runs.isEmpty else {
      throw CommandError("no run of this store has begun: there is nothing to export", status: 66)
    }
    // Before anything is written.
    if let jsonl, let csv, Paths.absolute(jsonl) == Paths.absolute(csv) {
      throw CommandError("--jsonl and --csv name the same file: give each its own", status: 64)
    }
    let folders = tensorboard.map { folder in runs.map { Self.folder($0, in: Paths.absolute(folder)) } } ?? []
    let offline = wandb.map { folder in runs.map { "\(Paths.absolute(folder))/\(WandbRun.folderName($0))" } } ?? []
    for path in [jsonl, csv].compactMap({ $0 }).map(Paths.absolute) + folders + offline
    where !replace && FileManager.default.fileExists(atPath: path) {
      throw CommandError("'\(OneLine.text(path))' exists: --force replaces it", status: 73)
    }
    var files: [String] = []
    if let jsonl {
      let fleets = await session.fleets()
      let lines = try runs.flatMap { run in
        try JSONOutput.line(RunReport(run, base: snapshot.baseline(of: run.plan), fleets: fleets))
      }
      files.append(try Self.save(lines, to: Paths.absolute(jsonl)))
    }
    if let csv { files.append(try Self.save(Array(CSVReport.runs(runs).utf8), to: Paths.absolute(csv))) }
    for (run, folder) in zip(runs, folders) {
      // TensorBoard adds up what all files of a folder say: an earlier one would be shown too.
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      where name.hasPrefix("events.out.tfevents.") && name.hasSuffix(".run-\(run.id)")
        && name != RunEvents.fileName(run)
      {
        try? FileManager.default.removeItem(atPath: folder + "/" + name)
      }
      files.append(try Self.save(RunEvents.file(run).bytes, to: folder + "/" + RunEvents.fileName(run)))
    }
    for (run, folder) in zip(runs, offline) {
      files.append(try Self.save(WandbRun.bytes(run), to: folder + "/" + WandbRun.fileName(run)))
    }
    if isJSON { return try JSONOutput.print(Report(runs: runs.map(\.id), files: files)) }
    print(files.joined(separator: "\n"))
  }

  /// `run-3-o_proj-seed0`: TensorBoard calls the run so.
  private static func folder(_ run: RunSummary, in folder: String) -> String {
    let targets = run.adaptedLabel.map { $0.isLetter || $0.isNumber || "_-+".contains($0) ? String($0) : "-" }.joined()
    return "\(folder)/run-\(run.id)-\(targets.prefix(60))-seed\(run.plan.settings.seed)"
  }

  private static func save(_ bytes: [UInt8], to path: String) throws -> String {
    do throws(FileError) {
      try OutputFile.makeFolder((path as NSString).deletingLastPathComponent)
      try OutputFile.save(bytes, to: path)
    } catch { throw CommandError("cannot write '\(OneLine.text(path))': \(error)", status: 73) }
    return path
  }
}
