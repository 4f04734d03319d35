import Foundation
import Kernels
import Messages
import Recipe

/// Looking at a base before it is trained, for the dashboard: alone on the machine, and never while TPOT is measured.
extension Engine {
  /// Seconds between two reports while TPOT is measured: the screen is to rest then.
  private static let restingInterval = 1.0

  /// - Throws: `Refusal` while anything computes, and when it is stopped; what `BaseProbe.run` throws.
  func probe(_ request: ProbeRequest) async throws -> ProbeResult {
    guard !isEnding, !schedule.finishesThenQuits else { throw Refusal("the engine is about to end", exitStatus: 64) }
    guard !isReadOnly else {
      throw Refusal(
        "another lorascope may train with this store: a base is looked at while nothing else computes; `lorascope probe` does it "
          + "by itself", exitStatus: 74)
    }
    guard schedule.isIdle else {
      throw Refusal("runs are under way: a base is looked at while nothing else computes", exitStatus: 64)
    }
    schedule.isProbing = true
    let control = RunControl()
    probeControl = control
    let team = team(of: environment.threads)
    let (bases, bus) = (environment.bases, bus)
    let result: Result<ProbeResult?, any Error>
    do {
      result = .success(try await Blocking.run { try Self.look(request, bases, bus, team, control) })
    } catch {
      result = .failure(error)
    }
    teams[team.threads, default: []].append(team)
    probeControl = nil
    schedule.isProbing = false
    bus.change { $0.engine.probe = nil }
    proceed()
    tellIdle()
    guard let found = try result.get() else { throw Refusal("the probe was stopped", exitStatus: 64) }
    return found
  }

  private static func look(
    _ request: ProbeRequest, _ bases: BaseCache, _ bus: MessageBus, _ team: WorkerTeam, _ control: RunControl
  ) throws -> ProbeResult? {
    var reported = -Double.infinity
    let probe = BaseProbe(request, bases: bases, team: team) { progress in
      let now = ProcessInfo.processInfo.systemUptime
      if progress.phase != .latency || now - reported >= restingInterval {
        reported = now
        bus.change { snapshot in
          snapshot.engine.probe = progress
          snapshot.engine.isMeasuring = progress.phase == .latency
        }
      }
      return !control.mustEnd
    }
    return try probe.run()
  }

  /// Ends the probe under way, if there is one.
  func stopProbe() { probeControl?.set(.stop) }
}
