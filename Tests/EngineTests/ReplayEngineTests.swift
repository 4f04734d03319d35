import Engine
import Foundation
import Messages
import Recipe
import Testing

/// A store that was trained for real, replayed.
@Suite(.timeLimit(.minutes(10))) struct ReplayEngineTests {
  /// Every file of the store's folder, but what SQLite keeps for whoever has the file open.
  private func files(_ study: TinyStudy) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: study.folder.path)
    var files: [String: Data] = [:]
    for name in names where !name.hasSuffix("-shm") && !name.hasSuffix("-wal") {
      files[name] = FileManager.default.contents(atPath: study.folder.appending(path: name).path) ?? Data()
    }
    return files
  }

  /// All of a run that a front end can see.
  private func facts(_ run: RunSummary) -> String {
    var text = "\(run.id) \(run.plan) \(run.state) \(run.step) \(run.totalSteps) \(run.phaseProgress) \(run.created)"
    let times = [run.started, run.finished, run.wallSeconds, run.tokensPerSecond, run.secondsLeft, run.runningScore]
    text += " \(times) \(String(describing: run.reason)) \(String(describing: run.prepared))"
    text += " \(String(describing: run.score)) \(String(describing: run.latency)) \(String(describing: run.phases))"
    text += " \(String(describing: run.adapterPath)) \(String(describing: run.lastCheckpointStep))"
    text += " \(String(describing: run.peakMemoryBytes)) \(String(describing: run.heats))"
    for series in [run.losses, run.gradientNorms, run.learningRates, run.elapsed] {
      text += " \(series.values(0..<series.count))"
    }
    return text
  }

  private func trained() async throws -> TinyStudy {
    let study = try TinyStudy()
    var options = study.options()
    options.checkpointSteps = 4
    try await withEngine(options) { bus, _ in
      var second = study.plan(.qkv, steps: 8, seed: 1)
      second.settings.measureLatency = false
      let ids = await bus.accepted(.queue(study.plan(.all))) + bus.accepted(.queue(second))
      for id in ids { _ = try await bus.run(id, in: .done) }
    }
    return study
  }

  private func reader(_ study: TinyStudy) -> EngineOptions {
    var options = study.options()
    options.readOnly = true
    return options
  }

  @Test func theEndIsTheStoresOwnSnapshotAndNothingIsWritten() async throws {
    let study = try await trained()
    let before = try files(study)
    let stored = try await withEngine(reader(study)) { bus, _ in await bus.currentSnapshot() }
    let bus = MessageBus()
    let replay = try await ReplayEngine(options: study.options(), bus: bus, speed: 1)
    for await first in bus.snapshots() {
      #expect(first.engine.replay?.share == 0 && first.runs.allSatisfy { !$0.state.isTerminal && $0.score == nil })
      break
    }
    var states: Set<RunState> = []
    var steps: [RunID: Int] = [:]
    while true {
      let snapshot = await bus.currentSnapshot()
      let status = try #require(snapshot.engine.replay)
      for run in snapshot.runs {
        states.insert(run.state)
        let whole = try #require(stored.run(run.id))
        // Never back, never beyond, and each a prefix of what is stored.
        #expect(run.step >= steps[run.id] ?? 0 && run.losses.count == run.step)
        #expect(run.bits == Array(whole.bits.prefix(run.step)))
        steps[run.id] = run.step
        guard !run.state.isTerminal else { continue }
        #expect(run.finished == nil && run.latency == nil)
        if run.state == .training || run.state == .preparing { #expect(run.score == nil) }
        guard case .examples(let examples) = await bus.ask(.examples(run.id)) else {
          Issue.record("no examples")
          return
        }
        #expect(examples.isEmpty == (run.score == nil))
      }
      if status.isAtEnd { break }
      await replay.advance(by: 0.002)
    }
    #expect(states.isSuperset(of: [.waiting, .training, .done]))
    let end = await bus.currentSnapshot()
    #expect(end.runs.map(facts) == stored.runs.map(facts))
    #expect(end.queue == stored.queue && end.notices == stored.notices && end.searches == stored.searches)
    guard case .comparison = await bus.ask(.compare([1, 2], baseline: 1)) else {
      Issue.record("finished runs can be compared")
      return
    }
    _ = await bus.send(.shutdown(.save))
    #expect(try files(study) == before)
  }

  @Test func whatWouldChangeAnythingIsRefused() async throws {
    let study = try await trained()
    let before = try files(study)
    let bus = MessageBus()
    let replay = try await ReplayEngine(options: study.options(), bus: bus, speed: 1)
    let out = study.folder.appending(path: "out").path
    let commands: [Command] = [
      .queue(study.plan()), .pause(1), .resume(1), .stop(1, keepPartialResult: true), .cancel(2), .delete([1]),
      .undelete([1]), .move(2, earlier: true), .repeatWithNextSeed(1), .pauseQueue(true), .setJobs(2),
      .label([1], .pin(true)),
      .setSeriesSlot(1, 0), .resumeUnfinished, .measureLatency([1]), .export(1, path: out, replace: false),
      .exportReport(StudyRequest(), path: out, replace: false),
    ]
    for command in commands { #expect(await bus.refused(command) == "a replay changes nothing", "\(command)") }
    guard case .refused = await bus.ask(.compare([1, 2], baseline: 1)) else {
      Issue.record("run 2 has not begun")
      return
    }
    #expect(await bus.accepted(.replay(.pause)).isEmpty)
    await replay.advance(by: 1e6)
    #expect(await bus.currentSnapshot().engine.replay?.share == 0)
    #expect(await bus.currentSnapshot().engine.replay?.isPaused == true)
    _ = await bus.accepted(.replay(.toEnd))
    #expect(await bus.currentSnapshot().runs.map(\.state) == [.done, .done])
    _ = await bus.send(.shutdown(.save))
    #expect(try files(study) == before)
    try await withEngine(reader(study)) { bus, _ in
      #expect(await bus.refused(.replay(.faster)).contains("nothing is replayed here"))
    }
  }

  /// A race is decided again from what was scored so far: never by what came later.
  @Test func aSearchIsDecidedAgain() async throws {
    let study = try SearchStudy()
    let whole = try await withEngine(study.tiny.options()) { bus, _ in
      _ = await bus.accepted(.search([study.request()]))
      return try await bus.answered()
    }
    let stored = try await withEngine(reader(study.tiny)) { bus, _ in await bus.currentSnapshot() }
    let bus = MessageBus()
    let replay = try await ReplayEngine(options: study.tiny.options(), bus: bus, speed: 1)
    var widest = 0
    var begun = false
    while true {
      let snapshot = await bus.currentSnapshot()
      if snapshot.engine.replay?.isAtEnd == true { break }
      for search in snapshot.searches where search.status == .running {
        begun = true
        #expect(search.finished == nil && search.secondsUsed <= stored.searches[0].secondsUsed)
        let scored = snapshot.runs.reduce(0) { $0 + ($1.heats?.count ?? 0) }
        let entries = search.bracket.heats.reduce(0) { $0 + $1.entries.count { $0.score != nil } }
        #expect(entries <= scored)
        widest = max(widest, entries)
      }
      for run in snapshot.runs {
        guard case .heats(let heats) = await bus.ask(.heats(run.id)) else {
          Issue.record("no heats")
          return
        }
        #expect(heats.map(\.heat) == run.heats?.map(\.heat) ?? [])
      }
      await replay.advance(by: 0.002)
    }
    #expect(begun && widest > 0)
    #expect(await bus.currentSnapshot().searches == stored.searches)
    #expect(stored.searches.first?.answer == whole.answer)
    _ = await bus.send(.shutdown(.save))
  }

  @Test func onePlansRunsAreReplayed() async throws {
    let study = try await trained()
    var own = study.plan(.qkv, steps: 8)
    own.settings.measureLatency = false
    func plan(_ set: Targets) -> SweepPlan {
      SweepPlan(
        model: study.model, data: [study.data], combinations: [set], seeds: [1], settings: own.settings)
    }
    let bus = MessageBus()
    _ = try await ReplayEngine(options: study.options(), bus: bus, plan: plan(.qkv), speed: 1)
    _ = await bus.accepted(.replay(.toEnd))
    #expect(await bus.currentSnapshot().runs.map(\.id) == [2])
    _ = await bus.send(.shutdown(.save))
    await #expect(throws: Refusal.self) {
      _ = try await ReplayEngine(options: study.options(), bus: MessageBus(), plan: plan(.fc2), speed: 1)
    }
  }
}
