import Foundation
import Messages

/// Measuring how fast kinds of runs go, and what follows from it.
extension Engine {
  /// One measurement under way.
  struct SpeedSession {
    var key: SpeedMeasurement.Key
    var control: RunControl
  }

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

  /// The speed of this run's kind is worth measuring before it starts: how many go at once depends on it.
  func lacksSpeed(_ plan: RunPlan, _ model: TimeModel) -> Bool {
    guard jobs == nil, environment.threads > 1, !plan.isBaseline, let key = model.key(plan), speeds[key] == nil,
      !speedFailures.contains(key)
    else { return false }
    return waitingRuns(of: key, model).count >= SchedulePolicy.leastRunsToMeasure
  }

  private func waitingRuns(of key: SpeedMeasurement.Key, _ model: TimeModel) -> [RunPlan] {
    queue.compactMap { id in
      guard let run = runs[id], !run.isHeld, !run.plan.isBaseline, model.key(run.plan) == key else { return nil }
      return run.plan
    }
  }

  /// What to measure next: what was asked for, then what the next run in the queue lacks.
  func nextSpeedRequest(_ model: TimeModel) -> SpeedRequest? {
    if let first = speedRequests.first { return first }
    guard !queuePaused, let id = queue.first(where: { runs[$0]?.isHeld != true }), let plan = runs[id]?.plan,
      lacksSpeed(plan, model), let key = model.key(plan)
    else { return nil }
    return SpeedRequest(waitingRuns(of: key, model), key: key)
  }

  func startMeasuringSpeed(_ request: SpeedRequest) {
    speedRequests.removeAll { $0.key == request.key }
    let control = RunControl()
    speedSession = SpeedSession(key: request.key, control: control)
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
    speedSession = nil
    schedule()
    tellIdle()
  }

  /// Queues measurements for a plan's kinds of runs; a kind is asked about again only if it is not known.
  func measureSpeed(_ sweep: SweepPlan, again: Bool) async throws {
    let plans = try await expand(sweep)
    for plan in plans { try check(plan) }
    guard !runs.values.contains(where: \.isComputing) else {
      throw StudyError(
        "runs are under way: how fast they go is measured while nothing else computes", exitStatus: 64)
    }
    let model = schedulingModel
    for (key, group) in Dictionary(grouping: plans, by: { model.key($0) }) {
      guard let key, again || speeds[key] == nil, speedSession?.key != key,
        !speedRequests.contains(where: { $0.key == key }),
        let request = SpeedRequest(group, key: key)
      else { continue }
      speedRequests.append(request)
    }
    // In the plan's order.
    let order = sweep.parts.map(\.data)
    speedRequests.sort { a, b in
      (order.firstIndex(of: a.key.data) ?? 0) < (order.firstIndex(of: b.key.data) ?? 0)
    }
    schedule()
  }

  /// The kinds of runs that wait for their measurement, and the one under way, in words; nil for none.
  var speedText: String? {
    guard let session = speedSession else { return nil }
    let left = speedRequests.count
    return session.key.data.displayName + (left > 0 ? ", then \(left) more" : "")
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
