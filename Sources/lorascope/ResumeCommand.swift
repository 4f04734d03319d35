import ArgumentParser
import Foundation
import Messages

struct ResumeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Go on with what a kill or a quit left, from the last checkpoints.")

  @Argument(help: "One run; without it, everything that is unfinished.") var run: RunID?
  @Option(
    help: ArgumentHelp(
      "End this search with its best answer so far; the runs that it names come to their end.", valueName: "search"))
  var end: SearchID?
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @Option(help: ArgumentHelp("Runs at once: auto measures what is faster.", valueName: "auto|number")) var jobs =
    JobsChoice.auto
  @OptionGroup var store: StoreFlags
  @OptionGroup var json: JSONFlag

  func validate() throws {
    if run != nil, end != nil { throw ValidationError("--end is of a whole search: leave the run out") }
  }

  func run() async throws {
    let session = try await StudySession.open(
      store: store.url, threads: threads, jobs: jobs.count, mustExist: true)
    if let end {
      try await session.expect(.endSearch(end))
      return try await SearchEnding(session: session, json: json.json).follow([end], isAsked: true)
    }
    if let run { try await session.require([run]) }
    let refusal = Self.refusal(of: run, await session.bus.currentSnapshot())
    if run != nil, let refusal { throw refusal }
    let left = run == nil ? await session.bus.currentSnapshot().searches.filter { $0.status == .paused }.map(\.id) : []
    let ids = try await session.queue(run.map { .resume($0) } ?? .resumeUnfinished)
    if !left.isEmpty {
      return try await SearchEnding(session: session, json: json.json).follow(left, beside: ids)
    }
    if ids.isEmpty {
      if let refusal { throw refusal }
      ProgressLine().note("nothing is unfinished in this store")
      if json.json { try JSONOutput.print(StudyReport([])) }
      return await session.close()
    }
    let snapshot = await session.follow(ids)
    await session.close()
    let runs = ids.compactMap { snapshot.run($0) }
    if json.json {
      try JSONOutput.print(StudyReport(runs))
    } else {
      print(RunTable.text(runs))
    }
    try session.exitIfInterrupted()
    if runs.contains(where: { $0.state != .done }) { throw CommandError("not every run finished", status: 1) }
    if let refusal { throw refusal }
  }

  /// What is computed in bf16 where that cannot be: the run that is asked for, or all that is unfinished. It stays as it is.
  private static func refusal(of run: RunID?, _ snapshot: Snapshot) -> CommandError? {
    guard let missing = snapshot.engine.missingForBF16 else { return nil }
    let left = snapshot.runs.filter {
      $0.plan.settings.needsBF16 && (run == nil ? !$0.state.isTerminal : $0.id == run && $0.state != .done)
    }
    if left.isEmpty { return nil }
    let names = left.map { "#\($0.id)" }.joined(separator: ", ")
    return CommandError("left as they are: \(names), which are computed in bf16 and need \(missing)", status: 69)
  }
}
