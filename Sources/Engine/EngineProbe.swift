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
    await catchUp()
    try checkNotEnding()
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
    defer { probeControl = nil }
    guard let found = try await look(request, control) else { throw Refusal("the probe was stopped", exitStatus: 64) }
    return found
  }

  /// Computes, with the machine to itself, which `Schedule.isProbing` keeps for it until it is through.
  ///
  /// - Returns: nil if it was ended.
  func look(
    _ request: ProbeRequest, _ control: RunControl, for search: SearchID? = nil
  ) async throws -> ProbeResult? {
    let team = team(of: environment.threads)
    let (bases, bus, seconds) = (environment.bases, bus, options.probeLatencySeconds)
    let whileProbing = options.whileProbing
    defer {
      teams[team.threads, default: []].append(team)
      endLook()
    }
    return try await Blocking.run {
      var reported = -Double.infinity
      var phase: ProbeProgress.Phase?
      let probe = BaseProbe(request, bases: bases, team: team, latencySeconds: seconds) { progress in
        let now = ProcessInfo.processInfo.systemUptime
        if progress.phase != .latency || phase != .latency || now - reported >= Self.restingInterval {
          (reported, phase) = (now, progress.phase)
          bus.change { snapshot in
            snapshot.engine.probe = ProbeProgress(phase: progress.phase, fraction: progress.fraction, search: search)
            snapshot.engine.isMeasuring = progress.phase == .latency
          }
        }
        whileProbing?(progress.phase)
        return !control.mustEnd
      }
      return try probe.run()
    }
  }

  /// The machine is free for others.
  func endLook() {
    schedule.isProbing = false
    bus.change { $0.engine.probe = nil }
    proceed()
    tellIdle()
  }

  /// Ends the probe under way that a person has asked for, if there is one.
  func stopProbe() { probeControl?.set(.stop) }
}
