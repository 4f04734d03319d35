import Foundation
import GRDB
import Messages
import Recipe
import RunStore
import TestSupport
import Testing

@Suite struct RunStoreTests: StoreRunFixtures {
  /// The heats of a race come hours apart, each in a batch of its own: none takes the place of another.
  @Test func everyHeatIsKept() async throws {
    let store = try RunStore(at: try place(), mode: .engine)
    let id = try await store.insert(plan(), created: 1)
    for heat in 1...3 {
      let summary = HeatSummary(
        heat: heat, heats: 3, step: 10 * heat, totalSteps: 40, loss: 1, score: Interval(estimate: 0.5, low: 0, high: 1),
        examples: 2, seconds: Double(heat))
      try await store.write(events([.heat(summary, scores: [0, 1], groups: [nil, nil])], run: id))
    }
    #expect(try await store.run(id)?.heats?.map(\.step) == [10, 20, 30])
    try store.close()
  }

  /// Points lie at their steps, in the order of the steps, and go with the steps that a run goes back over.
  @Test func heldOutLossesComeBack() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    var plan = plan()
    plan.settings.evalEvery = 15
    let id = try await store.insert(plan, created: 1)
    let prepared = PreparedRun(
      totalSteps: 40, trainableParameters: 10, baseParameters: 100, modules: ["m"], trainingExamples: 5,
      truncatedExamples: 1, droppedExamples: 2, evaluationExamples: 3, baseFingerprint: "f00d",
      instructionSet: "avx2", threads: 2, heldOut: HeldOutExamples(split: .tuning, examples: 7))
    func point(_ step: Int, _ loss: Float) -> Event.Content {
      .heldOutLoss(HeldOutLoss(step: step, loss: loss, examples: 7, tokens: 70, seconds: 0.5))
    }
    try await store.write(
      events([.prepared(prepared)] + (1...15).map { step($0, loss: 1) } + [point(15, 0.1)], run: id))
    try await store.write(events((16...40).map { step($0, loss: 1) } + [point(30, .nan), point(40, 0.3)], run: id))
    let run = try #require(try await store.run(id))
    #expect(run.prepared?.heldOut == HeldOutExamples(split: .tuning, examples: 7))
    #expect(run.heldOutPoints.map(\.step) == [15, 30, 40])
    #expect(run.heldOutPoints.map(\.loss.bitPattern) == [Float(0.1), .nan, 0.3].map(\.bitPattern))
    try await store.write(events([.rewound(toStep: 35)], run: id))
    let back = try #require(try await store.run(id))
    #expect(back.heldOutPoints.map(\.step) == [15, 30])
    // A reader that polls goes on with what is new.
    try await store.write(events((36...40).map { step($0, loss: 1) } + [point(40, 0.25)], run: id))
    let continued = try #require(try await store.run(id, continuing: back))
    #expect(continued.losses.count == 40 && continued.heldOutLosses.last == 0.25)
    // What another program wrote there is no number, and takes no memory.
    let database = try DatabaseQueue(path: url.path)
    try await database.write { db in
      try db.execute(sql: "UPDATE heldOutLosses SET loss = 'low' WHERE step = 15")
      try db.execute(
        sql: "INSERT INTO heldOutLosses (run, step, examples, tokens) VALUES (?, 9223372036854775807, 1, 1)",
        arguments: [id])
      try db.execute(
        sql: "INSERT INTO heldOutLosses (run, step, examples, tokens) VALUES (?, 'x', 1, 1)", arguments: [id])
    }
    let damaged = try #require(try await store.runs().first)
    #expect(damaged.heldOutPoints.map(\.step) == [15, 30, 40])
    #expect(damaged.heldOutPoints.first?.loss.isNaN == true && damaged.heldOutLosses.last == 0.25)
    try database.close()
    try store.close()
    // Read when asked for, though the store was closed meanwhile.
    #expect(back.heldOutLosses.count == 2)
  }

  /// The last look at an adapter is kept; one that cannot be read closes nothing.
  @Test func energyOfTheAdapter() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let id = try await store.insert(plan(), created: 1)
    let linears = ModelLinears(decoder: BlockLinears(count: 2, shapes: [.oProj: LinearShape(rows: 2, columns: 2)]))
    func energy(_ step: Int) -> AdapterEnergy {
      let path = ModulePath(layer: 1, module: .oProj)
      return AdapterEnergy(step: step, energies: [path: Double(step) / 8], in: linears)
    }
    try await store.write(events([step(1, loss: 1), .energy(energy(1))], run: id))
    try await store.write(events([step(2, loss: 1), .energy(energy(2)), step(3, loss: 1)], run: id))
    #expect(try await store.run(id)?.energy == energy(2))
    try await store.write(events([step(4, loss: 1)], run: id))
    try store.close()
    let again = try RunStore(at: url, mode: .engine)
    #expect(try await again.run(id)?.energy == energy(2))
    try again.close()
    let queue = try DatabaseQueue(path: url.path)
    try await queue.write { try $0.execute(sql: "UPDATE runs SET energy = x'0102'") }
    try queue.close()
    let spoilt = try RunStore(at: url, mode: .engine)
    #expect(try await spoilt.run(id)?.losses.count == 4)
    #expect(try await spoilt.run(id)?.energy == nil)
    try spoilt.close()
  }

  @Test func everythingComesBackAfterReopening() async throws {
    let url = try place()
    let prepared = PreparedRun(
      totalSteps: 40, trainableParameters: 10, baseParameters: 100, modules: ["m"], trainingExamples: 5,
      truncatedExamples: 1, droppedExamples: 2, evaluationExamples: 3, baseFingerprint: "f00d",
      instructionSet: "avx2", threads: 2)
    let outcome = ExampleOutcome(
      index: 3, prompt: "2+2", expected: "4", output: "5\u{0}?", score: 0, parsed: true, lenient: 0.5, outputTokens: 2,
      group: "sums")
    let score = ScoreSummary(
      metric: "exact match", score: Interval(estimate: 0.1 + 0.2, low: 0, high: 1), examples: 1,
      parseFailureRate: .nan, lenient: 0.5, meanOutputTokens: 2, groups: ExampleGroups(count: 36, noun: "conditions"))
    let latency = LatencySummary(
      p50: 1, p95: 2, baseP50: 0.5, baseP95: 1, overheadPercent: Interval(estimate: 100, low: 99, high: 101), blocks: 8)
    var phases = PhaseSeconds()
    phases.training = 3.5
    phases.measuring = 1.25
    let pruned = try pruned()
    let id: RunID
    do {
      let store = try RunStore(at: url, mode: .engine)
      id = try await store.insert(plan(), created: 42)
      try await store.write(
        events(
          [
            .stateChanged(.preparing, reason: nil), .prepared(prepared), .stateChanged(.training, reason: nil),
            step(1, loss: 0.1), step(2, loss: .nan), .checkpoint(step: 2), .stateChanged(.evaluating, reason: nil),
            .examples([outcome]), .evaluated(score), .stateChanged(.measuring, reason: nil),
            .latencyBlock(block: 1, isBase: true, millisecondsPerToken: [1.5, 2.5]),
            .latencyBlock(block: 1, isBase: false, millisecondsPerToken: [3]), .latencyMeasured(latency),
            .adapterWritten(path: "/a/b"), .resources(peakMemoryBytes: 99, tokensPerSecond: 5, wallSeconds: 7),
            .pruned(pruned), .phases(phases), .stateChanged(.done, reason: nil),
            .notice(Notice(level: .good, text: "done", time: 3)),
          ], run: id))
      try await store.setSeriesSlot(3, of: id)
      try store.close()
    }
    let store = try RunStore(at: url, mode: .engine)
    let run = try #require(try await store.run(id))
    #expect(run.plan == plan())
    #expect(run.state == .done)
    #expect(run.created == 42)
    #expect(run.started == 100)
    #expect(run.finished == 117)
    #expect(run.pruned == pruned)
    #expect(run.phases == phases)
    #expect(run.prepared == prepared)
    #expect(run.score?.score == score.score && run.score?.groups == score.groups)
    #expect(run.score?.parseFailureRate.isNaN == true)
    #expect(run.latency == latency)
    #expect(run.step == 2)
    #expect(run.losses.values(0..<1) == [0.1])
    #expect(run.losses.last?.isNaN == true)
    #expect(run.elapsed.values(0..<2) == [0.25, 0.5])
    #expect(run.adapterPath == "/a/b")
    #expect(run.lastCheckpointStep == 2)
    #expect(run.seriesSlot == 3)
    #expect(run.peakMemoryBytes == 99)
    var visible = outcome
    visible.output = "5␀?"
    #expect(try await store.examples(of: id) == [visible])
    #expect(try await store.scores(of: id) == [ExampleScoreRecord(visible)])
    let blocks = try await store.latencyBlocks(of: id)
    #expect(blocks.map(\.isBase) == [true, false])
    #expect(blocks.map(\.millisecondsPerToken) == [[1.5, 2.5], [3]])
    #expect(try await store.notices(limit: 5).map(\.text) == ["done"])
  }

  private func pruned() throws -> PrunedAdapter {
    let loss = PairedLoss(
      difference: Interval(estimate: -1, low: -2.5, high: 0.5), bound: 3.6, pValue: 0.5, pIsBound: false,
      test: "exact McNemar", examples: 100, groups: nil)
    var pruned = PrunedAdapter(
      parent: 7, way: .rank, tolerance: 4, kept: try Targets(parsing: "o_proj@1-3+fc2"), ranks: 2...4, parameters: 10,
      parentParameters: 40, places: 2, parentPlaces: 8, energy: 0.9,
      candidates: [.init(name: "a", parameters: 10, loss: loss, isBorne: true)], chosen: 0, isCut: true)
    pruned.confirmed = loss
    return pruned
  }

  /// What an event means is said once: a run's row is what a screen has folded, however the events are cut into batches.
  @Test(arguments: [1, 3, 100]) func aRowIsWhatAScreenHasFolded(inBatch: Int) async throws {
    let prepared = PreparedRun(
      totalSteps: 4, trainableParameters: 10, baseParameters: 100, modules: ["m"], trainingExamples: 5,
      truncatedExamples: 1, droppedExamples: 2, evaluationExamples: 3, baseFingerprint: "f00d",
      instructionSet: "avx2", threads: 2)
    let score = ScoreSummary(
      metric: "exact match", score: Interval(estimate: 0.5, low: 0, high: 1), examples: 1, parseFailureRate: 0,
      lenient: 0.5, meanOutputTokens: 2)
    let latency = LatencySummary(
      p50: 1, p95: 2, baseP50: 0.5, baseP95: 1, overheadPercent: Interval(estimate: 100, low: 99, high: 101), blocks: 8)
    var phases = PhaseSeconds()
    phases.training = 3.5
    let contents: [Event.Content] = [
      .stateChanged(.preparing, reason: nil), .prepared(prepared), .stateChanged(.training, reason: nil),
      step(1, loss: 4), step(2, loss: 3), .checkpoint(step: 2), step(3, loss: 2),
      .stateChanged(.paused, reason: "waiting"), .rewound(toStep: 2), .stateChanged(.training, reason: nil),
      step(3, loss: 1), step(4, loss: .nan), .stateChanged(.evaluating, reason: nil),
      .evaluationProgress(done: 1, total: 2, runningScore: 1), .evaluated(score), .latencyMeasured(latency),
      .adapterWritten(path: "/a/b"), .resources(peakMemoryBytes: 99, tokensPerSecond: 5, wallSeconds: 7),
      .pruned(try pruned()), .phases(phases), .stateChanged(.failed, reason: "why"),
    ]
    let store = try RunStore(at: place(), mode: .engine)
    let id = try await store.insert(plan(), created: 42)
    var expected = RunSummary(id: id, plan: plan(), state: .waiting, created: 42)
    var waiting: [Event] = []
    for event in events(contents, run: id) {
      expected.fold(event)
      // A run without a row does not stop the others.
      waiting += [event, Event(sequence: 0, time: 1, run: 99, content: event.content)]
      if waiting.count < 2 * inBatch && event.content != contents.last { continue }
      try await store.write(waiting)
      waiting = []
      let run = try #require(try await store.run(id))
      #expect(run.state == expected.state && run.reason == expected.reason)
      #expect(run.started == expected.started && run.finished == expected.finished && run.pruned == expected.pruned)
      #expect(run.step == expected.step && run.totalSteps == expected.totalSteps)
      #expect(run.tokensPerSecond == expected.tokensPerSecond && run.wallSeconds == expected.wallSeconds)
      #expect(run.lastCheckpointStep == expected.lastCheckpointStep && run.adapterPath == expected.adapterPath)
      #expect(run.prepared == expected.prepared && run.score == expected.score && run.latency == expected.latency)
      #expect(run.phases == expected.phases && run.peakMemoryBytes == expected.peakMemoryBytes)
      #expect(run.plan == expected.plan && run.created == 42)
      let count = expected.losses.count
      #expect(
        run.losses.values(0..<count).map(\.bitPattern) == expected.losses.values(0..<count).map(\.bitPattern))
      #expect(run.losses.count == count && run.elapsed.values(0..<count) == expected.elapsed.values(0..<count))
    }
    #expect(try await store.runs().map(\.id) == [id])
  }

  @Test func aSpeedTakesThePlaceOfAnOlderOne() async throws {
    let url = try place()
    func speed(_ seconds: Double, batch: Int = 8) -> SpeedMeasurement {
      var settings = RunSettings()
      settings.batchSize = batch
      return SpeedMeasurement(
        key: SpeedMeasurement.Key(
          machine: "m", baseFingerprint: "f", threads: 2, data: .task(name: "t"), settings: settings),
        ways: [.init(jobs: 2, targets: [.oProj, .fc2], secondsPerStep: seconds, secondsPerExample: 0.1)],
        tokensPerStep: 100, tokensPerExample: 10, trainingExamples: 5, evaluationExamples: 6, preparingSeconds: 0.5,
        baseSecondsPerExample: 0.2, latencySeconds: 3, time: 7)
    }
    do {
      let store = try RunStore(at: url, mode: .engine)
      try await store.save(speed(1))
      try await store.save(speed(2))
      try await store.save(speed(3, batch: 4))
      try store.close()
    }
    let speeds = try await RunStore(at: url, mode: .reading).speeds()
    #expect(Set(speeds) == [speed(2), speed(3, batch: 4)])
  }

  @Test func rewindingReplacesLaterSteps() async throws {
    let store = try RunStore(at: place(), mode: .engine)
    let id = try await store.insert(plan(), created: 0)
    try await store.write(events((1...6).map { step($0, loss: 1) }, run: id))
    try await store.write(events([.rewound(toStep: 4), step(5, loss: 2)], run: id))
    let run = try #require(try await store.run(id))
    #expect(run.losses.values(0..<9) == [1, 1, 1, 1, 2])
    #expect(run.step == 5)
  }

  @Test func theQueueKeepsItsOrderAndIdsAreNotUsedTwice() async throws {
    let url = try place()
    let store = try RunStore(at: url, mode: .engine)
    let ids = try await store.insert((0..<4).map { plan(seed: $0) }, created: 0)
    try await store.setQueue([ids[2], ids[0], ids[1], ids[3]])
    #expect(try await store.queue() == [ids[2], ids[0], ids[1], ids[3]])
    let later = try await store.insert(plan(), created: 0)
    #expect(try await store.queue().last == later)
    try await store.moveToTrash([later], now: 10)
    #expect(try await store.insert(plan(), created: 0) > later)
  }

  @Test func deletedRunsLieInTheTrashUntilPurged() async throws {
    let store = try RunStore(at: place(), mode: .engine)
    let id = try await store.insert(plan(), created: 0)
    try await store.write(events([step(1, loss: 0.5)], run: id))
    let folder = store.folder.run(id)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: folder.appending(path: "checkpoint"))
    try await store.moveToTrash([id], now: 1000)
    #expect(try await store.run(id) == nil)
    #expect(try await store.runs().isEmpty)
    #expect(try await store.queue().isEmpty)
    #expect(try await store.marks().isEmpty)
    let trashed = try #require(try await store.trashed().first)
    #expect(trashed.id == id)
    #expect(trashed.plan == plan())
    let kept = store.folder.trash.appending(path: "\(id)/files/checkpoint")
    #expect(FileManager.default.fileExists(atPath: kept.path))
    // Deleted once more, it stays what it is.
    try await store.moveToTrash([id], now: 2000)
    #expect(FileManager.default.fileExists(atPath: kept.path))
    try await store.purgeTrash(before: 1000)
    #expect(try await store.trashed().count == 1)
    try await store.purgeTrash(before: 1001)
    #expect(try await store.trashed().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: kept.path))
  }

  /// Whatever is written about a run changes its mark, and only its mark.
  @Test func marksChangeWithTheirRuns() async throws {
    let store = try RunStore(at: place(), mode: .engine)
    let ids = try await store.insert((0..<2).map { plan(seed: $0) }, created: 0)
    var phases = PhaseSeconds()
    phases.training = 1
    let contents: [Event.Content] = [
      .stateChanged(.training, reason: nil), step(1, loss: 1),
      .resources(
        peakMemoryBytes: 1, tokensPerSecond: 1, wallSeconds: 1), .phases(phases), .stateChanged(.failed, reason: "why"),
    ]
    var last = try await store.marks()
    func changes(_ what: String) async throws {
      let marks = try await store.marks()
      #expect(marks[ids[0]] != last[ids[0]] && marks[ids[1]] == last[ids[1]], "\(what)")
      last = marks
    }
    for content in contents {
      try await store.write(events([content], run: ids[0]))
      try await changes("\(content)")
    }
    try await store.setSeriesSlot(3, of: ids[0])
    try await changes("slot")
    // What is no part of a row's run is asked for by itself.
    try await store.setQueue(ids.reversed())
    try await store.moveToTrash([ids[1]], now: 1)
    _ = try await store.restoreFromTrash([ids[1]])
    #expect(try await store.marks() == last)
  }

  @Test func aFullDiskRefusesAWholeBatchAndTakesItLater() async throws {
    let store = try RunStore(at: place(), mode: .engine)
    let id = try await store.insert(plan(), created: 0)
    try await store.limitGrowth(true)
    let batch = events((1...20000).map { step($0, loss: 1) }, run: id)
    let error = await #expect(throws: StoreError.self) { try await store.write(batch) }
    #expect(error?.reason == .diskFull)
    #expect(try await store.run(id)?.losses.count == 0)
    try await store.limitGrowth(false)
    try await store.write(batch)
    #expect(try await store.run(id)?.losses.count == 20000)
  }

  @Test func interruptedRunsBecomePaused() async throws {
    let store = try RunStore(at: place(), mode: .engine)
    let ids = try await store.insert((0..<3).map { plan(seed: $0) }, created: 0)
    try await store.write(events([.stateChanged(.training, reason: nil)], run: ids[0]))
    try await store.write(events([.stateChanged(.done, reason: nil)], run: ids[1]))
    #expect(try await store.markInterrupted(reason: "interrupted") == [ids[0]])
    let states = try await store.runs().map(\.state)
    #expect(states == [.paused, .done, .waiting])
    #expect(try await store.run(ids[0])?.reason == "interrupted")
  }
}
