import Foundation
import Kernels
import Messages
import Recipe

/// What a person asks for that computes beside the queue: never while anything else computes, and nothing of the queue begins before it is through.
extension Engine {
  /// - Throws: `Refusal` once the engine is on its way out.
  func checkNotEnding() throws {
    guard !isEnding, !schedule.finishesThenQuits else { throw Refusal("the engine is about to end", exitStatus: 64) }
  }

  /// Takes the machine, which `Schedule.isProbing` keeps until ``freeMachine(_:)``.
  ///
  /// - Parameter doing: what is done while nothing else computes, such as `adapters are asked`.
  /// - Throws: `Refusal` once the engine is on its way out, and while anything computes.
  func takeMachine(_ doing: String) throws -> WorkerTeam {
    try checkNotEnding()
    guard schedule.isIdle else {
      throw Refusal("runs are under way: \(doing) while nothing else computes", exitStatus: 64)
    }
    schedule.isProbing = true
    return team(of: environment.threads)
  }

  /// The machine is free for others; the snapshot no longer says what was done.
  func freeMachine(_ team: WorkerTeam, _ change: @escaping @Sendable (inout Snapshot) -> Void) {
    teams[team.threads, default: []].append(team)
    schedule.isProbing = false
    bus.change(change)
    proceed()
    tellIdle()
  }

  /// Finished runs, whose adapters are where they were written.
  ///
  /// - Parameter use: what an adapter is for, as a participle: `asked`, `served`.
  /// - Throws: `Refusal` for a run that is not known, not finished or the base's, and where its adapter is gone.
  func withAdapters(_ ids: [RunID], toBe use: String) async throws -> [RunSummary] {
    let snapshot = await bus.currentSnapshot()
    return try ids.map { id in
      let run = try known(id)
      guard !run.plan.isBaseline else {
        throw Refusal("run \(id) is the base's evaluation, which has no adapter", exitStatus: 66)
      }
      switch run.phase {
      case .ended(.done), .ended(.stopped): break
      default: throw refusal(id, "is not finished: its adapter can be \(use) when it is")
      }
      guard let known = snapshot.run(id), let path = known.adapterPath, FileManager.default.fileExists(atPath: path)
      else { throw Refusal("run \(id) has no adapter any more, so it cannot be \(use)", exitStatus: 66) }
      return known
    }
  }
}
