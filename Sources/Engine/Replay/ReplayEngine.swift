import Foundation
import Messages
import Recipe
import RunStore

/// Shows a store's runs as if they were trained now, and trains nothing; see `Replay` for how.
package actor ReplayEngine: EngineEndpoint {
  /// Between two frames, while something moves.
  private static let interval = Duration.milliseconds(100)
  /// Notices that are shown at most on their way, as a reader of the store shows them.
  private static let mostNotices = 100_000

  private let engine: Engine
  private let bus: MessageBus
  private let replay: Replay
  private var clock: ReplayClock
  /// How far the newest frame is: one that was made earlier must not take its place.
  private var published = -1.0
  private var ticker: Task<Void, Never>?

  /// Reads the store and attaches itself to the bus, which then has the first frame.
  ///
  /// - Parameters:
  ///   - options: of the engine that reads; it neither trains nor follows another one, whatever they say.
  ///   - plan: shows only the runs of this study, with the evaluations of the base beside them; nil shows all.
  ///   - speed: seconds of the study in one second.
  /// - Throws: `StoreError`; `Refusal` where there is nothing to show.
  package init(options: EngineOptions, bus: MessageBus, plan: SweepPlan? = nil, speed: Double) async throws {
    var options = options
    options.readOnly = true
    options.follows = false
    engine = try await Engine(options: options, bus: bus)
    self.bus = bus
    let stored = await bus.currentSnapshot()
    let store = engine.store
    var heats: [RunID: [HeatScores]] = [:]
    for run in stored.runs where run.search != nil && run.heats != nil {
      heats[run.id] = try await store.heats(of: run.id)
    }
    var only: Set<RunID>?
    if let plan { only = try await engine.runs(of: plan, in: stored) }
    let notices = try await store.notices(limit: Self.mostNotices)
    let checkpoints = try await store.checkpointTimes()
    replay = try await Blocking.run { [only, heats] in
      Replay(stored, notices: notices, checkpoints: checkpoints, heats: heats, only: only)
    }
    guard !replay.isEmpty else {
      let what = plan == nil ? "no run" : "no run of this plan"
      throw Refusal("there is \(what) to replay in \(store.folder.database.path)", exitStatus: 66)
    }
    clock = ReplayClock(duration: replay.timeline.duration, speed: speed)
    await bus.attach(self)
    try await publish()
    // Nobody is shown the end first, which the engine that reads has put there.
    for await snapshot in bus.snapshots() where snapshot.engine.replay != nil { break }
  }

  /// Lets the clock go with the time, until the engine is shut down.
  package func start() {
    guard ticker == nil else { return }
    ticker = Task { [weak self] in
      var last = ContinuousClock.now
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.interval)
        let now = ContinuousClock.now
        guard let self else { return }
        await self.advance(by: (now - last) / .seconds(1))
        last = now
      }
    }
  }

  /// Lets so many seconds pass, and shows what happened in them.
  package func advance(by seconds: Double) async {
    let before = clock
    clock.advance(by: seconds)
    if clock != before { try? await publish() }
  }

  private func publish() async throws {
    let wanted = clock
    let frame = try await Blocking.run { [replay] in replay.frame(at: wanted) }
    guard wanted.position >= published else { return }
    published = wanted.position
    var status = wanted.status(at: replay.timeline.time(at: wanted.position))
    // What was asked for while the frame was made counts already.
    (status.speed, status.isPaused) = (clock.speed, clock.isPaused)
    bus.change { [status] snapshot in
      frame.put(into: &snapshot)
      snapshot.engine.replay = status
    }
  }

  // MARK: The bus

  package func handle(_ command: Command) async -> CommandOutcome {
    switch command {
    case .replay(let control):
      clock.take(control)
      do { try await publish() } catch { return .refused("\(Failure.line(error))") }
      return .accepted(runs: [])
    case .shutdown(let mode):
      ticker?.cancel()
      return await engine.handle(.shutdown(mode == .finishCurrentRun ? .save : mode))
    case .selectModel, .selectData, .selectDataUnder, .stopProbe, .stopAnswers: return await engine.handle(command)
    case .export, .exportBF16, .exportReport, .exportConfiguration, .queue, .evaluateBase, .runOfStudy, .sweep, .search,
      .endSearch,
      .pause,
      .resume,
      .stop,
      .cancel, .delete, .undelete, .move, .repeatWithNextSeed, .pauseQueue, .setJobs, .measureSpeed, .measureLatency,
      .prune, .keepLatency, .keepFleets, .measureFleet, .stopFleet, .setSeriesSlot, .label, .resumeUnfinished,
      .cluster:
      return .refused(Self.changesNothing)
    }
  }

  private static let changesNothing = Refusal(ReplayStatus.changesNothing, exitStatus: 64)

  package func answer(_ query: Query) async -> Reply {
    let snapshot = await bus.currentSnapshot()
    switch query {
    case .examples(let id) where snapshot.run(id)?.score == nil: return .examples([])
    case .latencyBlocks(let id) where snapshot.run(id)?.latency == nil: return .latencyBlocks([])
    case .heats(let id):
      let shown = Set(snapshot.run(id)?.heats?.map(\.heat) ?? [])
      let reply = await engine.answer(query)
      guard case .heats(let scores) = reply else { return reply }
      return .heats(scores.filter { shown.contains($0.heat) })
    case .compare(let ids, _):
      if let early = ids.first(where: { snapshot.run($0)?.state.isTerminal != true }) {
        return .refused(Refusal("run \(early) has not come to its end yet in this replay", exitStatus: 64))
      }
      return await engine.answer(query)
    // To look at a base is to compute, and what is in the trash is nobody's study.
    case .probe, .answers, .trash: return .refused(Self.changesNothing)
    default: return await engine.answer(query)
    }
  }
}

extension Engine {
  /// The runs of a study, with the evaluations of the base that their scores are seen against.
  func runs(of plan: SweepPlan, in snapshot: Snapshot) async throws -> Set<RunID> {
    var own: [RunSummary]
    if let requests = plan.searches {
      let searches = Set(snapshot.searches.filter { requests.contains($0.request) }.map(\.id))
      own = snapshot.runs.filter { $0.search.map(searches.contains) == true }
    } else {
      let wanted = Set(try await expand(plan).map(\.deciding))
      own = snapshot.runs.filter { wanted.contains($0.plan.deciding) }
    }
    let bases = Set(own.compactMap(\.plan.baseline))
    own += snapshot.runs.filter { bases.contains($0.plan) }
    return Set(own.map(\.id))
  }
}
