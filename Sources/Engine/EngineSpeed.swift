import Analysis
import Foundation
import Messages

/// Measuring how fast kinds of runs go, and what follows from it.
extension Engine {
  /// What decides how many runs go at once: measured speeds, and no times of runs.
  var schedulingModel: TimeModel {
    TimeModel(
      machine: Machine.identity, threads: environment.threads, speeds: speeds, fingerprints: fingerprints,
      fixedJobs: jobs, runs: [])
  }

  /// Reads a base, and remembers by its hash what it is.
  func load(_ reference: ModelReference) async throws -> LoadedBase {
    let base = try await environment.bases.load(reference)
    fingerprints[reference] = base.summary.fingerprint
    return base
  }

  /// A run's kind where its speed is not known: how many of the kind go at once depends on it.
  func unknownSpeed(_ plan: RunPlan, _ model: TimeModel) -> SpeedMeasurement.Key? {
    guard jobs == nil, environment.threads > 1, !plan.isBaseline, let key = model.key(plan), speeds[key] == nil,
      !speedFailures.contains(key)
    else { return nil }
    return key
  }

  /// Measures what was asked for, or else what the next runs in the queue lack.
  func startMeasuringSpeed(_ key: SpeedMeasurement.Key, _ model: TimeModel) {
    let waiting = schedule.waiting.compactMap { runs[$0]?.plan }.filter { !$0.isBaseline && model.key($0) == key }
    guard let request = speedRequests.removeValue(forKey: key) ?? SpeedRequest(waiting, key: key) else {
      return schedule.measuredSpeed()
    }
    let control = RunControl()
    speedControl = control
    let probe = SpeedProbe(
      request: request, environment: environment, control: control,
      latencySeconds: speeds.values.filter {
        $0.key.machine == request.key.machine && $0.key.baseFingerprint == request.key.baseFingerprint
          && $0.key.threads == request.key.threads
      }.max { $0.time < $1.time }?.latencySeconds)
    Task {
      let result = await Result { try await Blocking.run { try probe.run() } }
      await self.measuredSpeed(request.key, result)
    }
  }

  private func measuredSpeed(_ key: SpeedMeasurement.Key, _ result: Result<SpeedMeasurement?, any Error>) async {
    switch result {
    case .success(let measurement?):
      speeds[key] = measurement
      try? await store.save(measurement)
    case .success(nil): break
    case .failure(let error):
      // The run itself will say what is wrong with its data.
      speedFailures.insert(key)
      notice(
        .warning, "the speed of runs on \(key.data.displayName) was not measured: \(Failure.line(error))", run: nil)
    }
    speedControl = nil
    schedule.measuredSpeed()
    proceed()
    tellIdle()
  }

  /// Queues measurements for a plan's kinds of runs; a kind is asked about again only if it is not known.
  func measureSpeed(_ sweep: SweepPlan, again: Bool) async throws {
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    guard schedule.computing.isEmpty else {
      throw StudyError(
        "runs are under way: how fast they go is measured while nothing else computes", exitStatus: 64)
    }
    let model = schedulingModel
    for (key, group) in Dictionary(grouping: plans, by: { model.key($0) }) {
      guard let key, again || speeds[key] == nil, schedule.measuringSpeed != key, speedRequests[key] == nil,
        let request = SpeedRequest(group, key: key)
      else { continue }
      speedRequests[key] = request
      schedule.speedRequests.append(key)
    }
    // In the plan's order.
    let order = sweep.parts.map(\.data)
    schedule.speedRequests.sort { a, b in
      (order.firstIndex(of: a.data) ?? 0) < (order.firstIndex(of: b.data) ?? 0)
    }
    proceed()
  }

  /// The kinds of runs that wait for their measurement, and the one under way, in words; nil for none.
  var speedText: String? {
    guard let key = schedule.measuringSpeed else { return nil }
    let left = schedule.speedRequests.count
    return key.data.displayName + (left > 0 ? ", then \(left) more" : "")
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
