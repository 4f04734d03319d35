import Engine
import Foundation
import Messages

/// `latency --run` and `--busy`: finished runs of the store, measured again by the engine as the dashboard does it.
struct RunLatencies {
  let store: URL?
  let threads: Int?
  let runs: [RunID]
  let busy: Bool
  let json: Bool

  func run() async throws {
    let session = try await StudySession.open(store: store, threads: threads)
    let ids = chosen(await session.bus.currentSnapshot())
    let line = ProgressLine()
    guard !ids.isEmpty else {
      line.note("no run of this store was measured on a busy machine")
      if json { try JSONOutput.print(StudyReport([])) }
      return await session.close()
    }
    try await session.require(ids)
    _ = try await session.queue(.measureLatency(ids))
    let snapshot = await follow(ids, session, line)
    await session.close()
    let measured = ids.compactMap { snapshot.run($0) }
    if json { try JSONOutput.print(StudyReport(measured)) } else { print(RunTable.text(measured)) }
    let left = measured.filter { $0.remeasuring != nil }
    if let signal = session.receivedSignal {
      let names = left.map { "\($0.id)" }.joined(separator: " ")
      throw CommandError(
        left.isEmpty
          ? "interrupted"
          : "interrupted; what was measured is stored, and `lorascope latency --run \(names)` does the rest",
        status: 128 + signal)
    }
    let problems = measured.compactMap { run in run.remeasuringProblem.map { "#\(run.id): \($0)" } }
    if !problems.isEmpty { throw CommandError(problems.joined(separator: "; "), status: 1) }
  }

  /// Those that are named, each once, and all that were measured on a busy machine if that is asked for.
  private func chosen(_ snapshot: Snapshot) -> [RunID] {
    var ids = runs
    if busy {
      ids += snapshot.runs.filter { run in
        run.latency?.isBusy == true && (run.state == .done || run.state == .stopped) && run.adapterPath != nil
      }.map(\.id)
    }
    var seen: Set<RunID> = []
    return ids.filter { seen.insert($0).inserted }
  }

  private func follow(_ ids: [RunID], _ session: StudySession, _ line: ProgressLine) async -> Snapshot {
    var newest = Snapshot()
    var open = Set(ids)
    for await snapshot in session.bus.snapshots() {
      newest = snapshot
      for id in ids where open.contains(id) {
        guard let run = snapshot.run(id), run.remeasuring == nil else { continue }
        open.remove(id)
        line.note(RunLine.finished(run))
      }
      if open.isEmpty || snapshot.engine.hasShutDown { break }
      if let run = ids.lazy.compactMap({ snapshot.run($0) }).first(where: { $0.remeasuring == .measuring }) {
        line.show(
          "[\(ids.count - open.count + 1)/\(ids.count)] #\(run.id) \(run.plan.data.displayName) "
            + "\(run.plan.targets.label) measuring", fraction: run.phaseProgress, detail: "")
      }
    }
    line.finish()
    return newest
  }
}
