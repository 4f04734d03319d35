import Dispatch
import Foundation
import Kernels
import Logging
import Messages
import Recipe
import RunStore
import Synchronization
import Training
import Transformer

/// One run on its own serial queue, so that Swift's cooperative pool never runs a kernel.
///
/// It takes one step, then looks at its flag: go on, pause, stop. All of its events are emitted on that queue, in order.
final class Runner: Sendable {
  let id: RunID
  let plan: RunPlan
  let control = RunControl()
  private let environment: RunEnvironment
  private let queue: DispatchQueue

  init(id: RunID, plan: RunPlan, environment: RunEnvironment) {
    self.id = id
    self.plan = plan
    self.environment = environment
    queue = DispatchQueue(label: "lorascope.run.\(id)", qos: .userInitiated)
  }

  /// Trains and scores, from the checkpoint if there is one; `completion` is called on the runner's queue at the end.
  /// - Parameters:
  ///   - known: the run as it was left: what it has scored already is not done again.
  ///   - heats: where a run of a race stops.
  ///   - parent: what the adapter answered that this run prunes.
  func start(
    known: RunSummary?, team: WorkerTeam, heats: HeatOrder? = nil, parent: [ExampleOutcome] = [],
    completion: @escaping @Sendable (RunOutcome) -> Void
  ) {
    queue.async { [self] in
      if plan.isBaseline {
        let session = BaselineSession(id: id, plan: plan, control: control, environment: environment, team: team)
        return completion(session.run())
      }
      if let pruning = plan.pruning {
        let session = PruningSession(
          id: id, plan: plan, pruning: pruning, control: control, environment: environment, team: team, known: known,
          parent: parent)
        return completion(session.run())
      }
      let session = RunSession(
        id: id, plan: plan, control: control, environment: environment, team: team, known: known,
        heats: heats)
      completion(session.run())
    }
  }

  /// Measures TPOT, interleaved with the base; nothing else may train meanwhile.
  func measure(_ trained: TrainedRun, team: WorkerTeam, completion: @escaping @Sendable (RunOutcome) -> Void) {
    queue.async { [self] in
      let measurement = LatencyMeasurement(
        id: id, plan: plan, control: control, environment: environment, team: team)
      completion(measurement.run(trained))
    }
  }

  /// Measures a finished run's TPOT again; `completion` is called on the runner's queue at the end.
  func measureAgain(_ known: RunSummary, team: WorkerTeam, completion: @escaping @Sendable (Remeasurement) -> Void) {
    queue.async { [self] in
      let measurement = LatencyMeasurement(
        id: id, plan: plan, control: control, environment: environment, team: team)
      completion(measurement.again(known))
    }
  }
}

/// How a runner gave the machine back. The state's event was emitted before.
enum RunOutcome: Sendable {
  /// Trained and scored; its latency waits to be measured.
  case trained(TrainedRun)
  case ended(RunState)
  /// Paused, to go on from its checkpoint.
  case paused
}

/// What measuring the latency needs.
struct TrainedRun: Sendable {
  var base: LoadedBase
  var adapter: LoRAAdapter
  /// As reported so far; the measurement adds its own time.
  var peakMemoryBytes: Int
  var tokensPerSecond: Double
  var wallSeconds: Double
  var phases: PhaseSeconds
  /// Measured beside it; nil where there is nothing.
  var compared: ComparedAdapters?
}

/// What a pruned adapter is set against where its TPOT is measured.
struct ComparedAdapters: Sendable {
  /// As reported so far.
  var result: PrunedAdapter
  var whole: LoRAAdapter
  /// In the order of its baselines.
  var parts: [LoRAAdapter]
}

/// What all runners share.
struct RunEnvironment: Sendable {
  var bus: MessageBus
  var bases: BaseCache
  var folder: StoreFolder
  var options: EngineOptions
  /// Threads of all runs together.
  var threads: Int
  /// What the runs that compute have been promised of the memory.
  let memory = MemoryLedger()

  /// A run that has its results needs none.
  func removeCheckpoints(of id: RunID) {
    // Of thousands of runs at every start, for which an address made anew for each file takes too long.
    let place = folder.run(id).path
    for name in [StoreFolder.previousCheckpointName, StoreFolder.checkpointName, PEFTWorker.logName] {
      unlink("\(place)/\(name)")
    }
  }

  /// What PEFT's worker has written to standard error: of a run that has its results nobody needs it.
  func removeWorkerFiles(of id: RunID) { unlink(folder.run(id).appending(path: PEFTWorker.logName).path) }
}

/// A runner's way to say things: everything goes through the bus, in order.
struct RunReport: Sendable {
  let id: RunID
  let environment: RunEnvironment

  func emit(_ content: Event.Content) { environment.bus.emit(content, run: id) }

  func state(_ state: RunState, reason: String? = nil) { emit(.stateChanged(state, reason: reason)) }

  func notice(_ level: Notice.Level, _ text: String) {
    emit(.notice(Notice(level: level, text: text, time: Date().timeIntervalSince1970)))
    environment.options.logger?.log(level: .init(level), "\(text)")
  }

  /// Ends the run as failed, with the error's one line.
  func failed(_ error: any Error) -> RunOutcome {
    let line = Failure.line(error)
    let status = Failure.exitStatus(error)
    environment.bus.change { [id] snapshot in
      if let index = snapshot.index(of: id) { snapshot.runs[index].failureStatus = status }
    }
    state(.failed, reason: line)
    notice(.error, "#\(id) failed: \(line)")
    return .ended(.failed)
  }

  /// Ends the run as an order says.
  func end(_ order: RunControl.Order, at phase: RunEnding.Phase) -> RunOutcome {
    guard let ending = order.ending(at: phase) else { return .paused }
    if !ending.keepsFiles { try? FileManager.default.removeItem(at: environment.folder.run(id)) }
    state(ending.state, reason: ending.reason)
    return ending.state == .paused ? .paused : .ended(ending.state)
  }

  /// Waits while the engine holds runs, with the state shown as paused meanwhile.
  func waitWhileHeld(_ control: RunControl, as state: RunState) {
    guard control.order == .hold else { return }
    self.state(.paused, reason: "waiting for the store")
    while control.order == .hold { Thread.sleep(forTimeInterval: 0.02) }
    if control.order == .go { self.state(state) }
  }
}

extension Logger.Level {
  init(_ level: Notice.Level) {
    switch level {
    case .info: self = .info
    case .good: self = .notice
    case .warning: self = .warning
    case .error: self = .error
    }
  }
}

/// What the runs that compute at once have been promised of the memory that is free. A run allocates its share bit by bit, so that
/// the next one cannot see from the outside what is taken.
final class MemoryLedger: Sendable {
  private struct State {
    var promised: [RunID: Int] = [:]
    /// As it was when nothing was promised yet.
    var limit: MemoryLimit?
  }

  private let state = Mutex(State())

  /// Promises `bytes` to a run.
  ///
  /// - Returns: nil if they are its own now; otherwise what is short while others compute: it may ask again when one has ended.
  /// - Throws: `MemoryShortage` for what would not fit alone.
  func promise(_ bytes: Int, to run: RunID, subject: String, advice: (Int) -> String) throws -> MemoryShortage? {
    try state.withLock { state throws(MemoryShortage) -> MemoryShortage? in
      let others = state.promised.filter { $0.key != run }.values.reduce(0, +)
      if others == 0 { state.limit = .current }
      let limit = state.limit ?? .current
      do throws(MemoryShortage) {
        try MemoryShortage.check(bytes, for: subject, beside: others, limit: limit, advice: advice)
        state.promised[run] = bytes
        return nil
      } catch {
        if others == 0 { throw error }
        return error
      }
    }
  }

  func release(_ run: RunID) { state.withLock { $0.promised[run] = nil } }
}
