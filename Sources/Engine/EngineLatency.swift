import Analysis
import Foundation
import Kernels
import Messages
import Recipe

/// Latencies of finished runs that are measured again: one after the other, while nothing else computes.
extension Engine {
  func measureLatency(_ ids: [RunID]) async throws -> [RunID] {
    try checkNotEnding()
    let snapshot = await bus.currentSnapshot()
    for id in ids {
      let run = try known(id)
      guard !run.plan.isBaseline else {
        throw Refusal(
          "run \(id) is the base's evaluation: the base's latency is measured beside each run's", exitStatus: 64)
      }
      switch run.phase {
      case .ended(.done), .ended(.stopped), .remeasuring: break
      default:
        throw Refusal("run \(id) is not finished: its latency is measured when it is", exitStatus: 64)
      }
      guard let path = snapshot.run(id)?.adapterPath, FileManager.default.fileExists(atPath: path) else {
        throw Refusal("run \(id) has no adapter any more, so its latency cannot be measured again", exitStatus: 66)
      }
    }
    var wanted: [RunID] = []
    for id in ids where !schedule.remeasures.contains(id) {
      if case .remeasuring? = runs[id]?.phase { continue }
      schedule.remeasures.append(id)
      wanted.append(id)
    }
    show(wanted, .waiting)
    proceed()
    return ids
  }

  func keepLatency(_ ids: [RunID]) throws -> [RunID] {
    for id in ids {
      if case .remeasuring(let runner, _) = try known(id).phase { runner.control.set(.pause) }
    }
    let gone = schedule.remeasures.filter { ids.contains($0) }
    schedule.remeasures.removeAll { ids.contains($0) }
    show(gone, nil)
    proceed()
    return ids
  }

  func startRemeasuring(_ id: RunID) {
    guard let run = runs[id], case .ended(let state) = run.phase else {
      show([id], nil)
      schedule.ended(id)
      return proceed()
    }
    let runner = Runner(id: id, plan: run.plan, environment: environment)
    runs[id]?.phase = .remeasuring(runner, state)
    let team = team(of: environment.threads)
    show([id], .measuring)
    Task {
      guard let known = await bus.currentSnapshot().run(id) else { return remeasured(id, state, .calledOff, team) }
      runner.measureAgain(known, team: team) { outcome in
        Task { await self.remeasured(id, state, outcome, team) }
      }
    }
  }

  private func remeasured(_ id: RunID, _ state: RunState, _ outcome: Remeasurement, _ team: WorkerTeam) {
    teams[team.threads, default: []].append(team)
    schedule.ended(id)
    runs[id]?.phase = .ended(state)
    // What was concluded from the old figures.
    lastStudy = nil
    var problem: String?
    if case .kept(let reason) = outcome {
      problem = reason
      notice(.warning, "#\(id) was not measured again: \(reason)", run: id)
    }
    // What the end of the program called off is still to be done.
    var isLeft = false
    if case .calledOff = outcome { isLeft = isEnding }
    bus.change { [problem, isLeft] snapshot in
      guard let index = snapshot.index(of: id) else { return }
      snapshot.runs[index].remeasuring = isLeft ? .waiting : nil
      snapshot.runs[index].remeasuringProblem = problem
      snapshot.runs[index].phaseProgress = 0
    }
    for waiter in endWaiters.removeValue(forKey: id) ?? [] { waiter.resume() }
    proceed()
    tellIdle()
  }

  private func show(_ ids: [RunID], _ remeasuring: RunSummary.Remeasuring?) {
    if ids.isEmpty { return }
    bus.change { snapshot in
      for id in ids {
        guard let index = snapshot.index(of: id) else { continue }
        snapshot.runs[index].remeasuring = remeasuring
        snapshot.runs[index].remeasuringProblem = nil
      }
    }
  }
}
