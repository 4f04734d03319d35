import Foundation
import Messages
import Recipe
import RunStore

/// Stores with runs that have everything a run can have, and folders for their logs.
struct LogStudy {
  let folder: URL
  static let writer = LogWriter(host: "alpha", engine: "lorascope test", processor: "a processor, avx2")

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-log-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  var source: URL { folder.appending(path: "source/store.sqlite") }
  var target: URL { folder.appending(path: "target/store.sqlite") }
  var logs: URL { folder.appending(path: "logs", directoryHint: .isDirectory) }

  func plan(seed: UInt64, model: String = "/a/base") -> RunPlan {
    var settings = RunSettings()
    settings.seed = seed
    settings.steps = 12
    settings.evalEvery = 5
    return RunPlan(
      model: .folder(path: model), data: .file(path: "d.jsonl", evaluation: .share(0.25)), targets: [.qkv, .fc2],
      settings: settings)
  }

  func prepared(base: String = "f00d", steps: Int = 12) -> PreparedRun {
    PreparedRun(
      totalSteps: steps, trainableParameters: 10, baseParameters: 100, modules: ["m"], trainingExamples: 5,
      truncatedExamples: 1, droppedExamples: 2, evaluationExamples: 3, baseFingerprint: base, instructionSet: "avx2",
      threads: 2, machine: "a processor, avx2", heldOut: HeldOutExamples(split: .tuning, examples: 7))
  }

  /// Values whose text is not short, and one that is no number.
  static func step(_ step: Int) -> StepSample {
    var generator = SplitMix64(seed: UInt64(step), stream: 7)
    return StepSample(
      step: step, loss: step == 4 ? .nan : Float(generator.uniform()), gradientNorm: Float(generator.uniform()) * 1e-7,
      learningRate: Float(generator.uniform()) * 1e-3, tokens: 64 + step, seconds: generator.uniform(),
      memoryBytes: step > 2 ? 1 << 30 : nil)
  }

  func events(_ contents: [Event.Content], _ run: RunID, at time: Double) -> [Event] {
    contents.enumerated().map {
      Event(sequence: UInt64($0.offset + 1), time: time + Double($0.offset) / 7, run: run, content: $0.element)
    }
  }

  /// A run that trained to a step.
  func begin(_ store: RunStore, seed: UInt64, steps: Int, base: String = "f00d", model: String = "/a/base") async throws
    -> RunID
  {
    let id = try await store.insert(plan(seed: seed, model: model), created: 1000.123456 + Double(seed))
    try await store.write(
      events([.stateChanged(.preparing, reason: nil), .prepared(prepared(base: base))], id, at: 2000.25))
    try await train(store, id, 1...steps)
    return id
  }

  func train(_ store: RunStore, _ id: RunID, _ steps: ClosedRange<Int>) async throws {
    var contents: [Event.Content] = [.stateChanged(.training, reason: nil)]
    for step in steps {
      contents.append(.step(Self.step(step)))
      if step % 5 == 0 || step == 12 {
        contents.append(
          .heldOutLoss(HeldOutLoss(step: step, loss: 1 / Float(step), examples: 7, tokens: 70, seconds: 0.1)))
      }
      if step % 4 == 0 { contents.append(.checkpoint(step: step)) }
    }
    try await store.write(events(contents, id, at: 2001))
  }

  static let outcomes = (0..<3).map {
    ExampleOutcome(
      index: $0, prompt: "2+\($0)\n", expected: "\(2 + $0)", output: "é\u{0}\"\($0)", score: 1 / 3 * Double($0),
      parsed: $0 > 0, lenient: $0 == 1 ? .nan : 0.1 + 0.2, outputTokens: 2, isCut: $0 == 2,
      group: $0 == 1 ? "sums" : nil)
  }

  func end(_ store: RunStore, _ id: RunID) async throws {
    let heat = HeatSummary(
      heat: 1, heats: 1, step: 8, totalSteps: 12, loss: 0.1 + 0.2, score: Interval(estimate: 0.5, low: 0, high: 1),
      examples: 2, seconds: 3.3, scoringSeconds: 0.1)
    let score = ScoreSummary(
      metric: "exact match", score: Interval(estimate: 0.1 + 0.2, low: 0, high: 1), examples: 3, parseFailureRate: .nan,
      lenient: 0.5, meanOutputTokens: 2, groups: ExampleGroups(count: 3, noun: "sums"))
    let latency = LatencySummary(
      p50: 1.1, p95: 2.2, baseP50: 0.7, baseP95: 1, overheadPercent: Interval(estimate: 10.1, low: 9, high: 11),
      blocks: 1, coreShare: 0.99)
    var phases = PhaseSeconds()
    phases.training = 3.7
    let linears = ModelLinears(decoder: BlockLinears(count: 2, shapes: [.oProj: LinearShape(rows: 2, columns: 2)]))
    let energy = AdapterEnergy(step: 12, energies: [ModulePath(layer: 1, module: .oProj): 0.3], in: linears)
    let adapter = store.folder.adapter(id)
    try write(["adapter_config.json": "{\"r\":\(id)}", "adapter_model.safetensors": "weights \(id)"], to: adapter)
    try await store.write(
      events(
        [
          .heat(heat, scores: [0, 1], groups: [nil, "a"]), .energy(energy), .stateChanged(.evaluating, reason: nil),
          .examples(Self.outcomes), .evaluated(score), .adapterWritten(path: adapter.path),
          .stateChanged(.measuring, reason: nil),
          .latencyBlock(block: 0, isBase: true, millisecondsPerToken: [1.5, 2.5]),
          .latencyBlock(block: 0, isBase: false, millisecondsPerToken: [3.1]), .latencyMeasured(latency),
          .resources(peakMemoryBytes: 99, tokensPerSecond: 5.5, wallSeconds: 7.7), .phases(phases),
          .notice(Notice(level: .good, text: "done", time: 3)), .stateChanged(.done, reason: nil),
        ], id, at: 3000.5))
    _ = try await store.label([id], .addTags(["good"]))
    _ = try await store.label([id], .name("the best"))
  }

  func write(_ files: [String: String], to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
  }

  /// Two finished runs and one that is at its tenth step.
  func fill() async throws {
    let store = try RunStore(at: source, mode: .engine)
    for seed in 1...2 as ClosedRange<UInt64> {
      let id = try await begin(store, seed: seed, steps: 12)
      try await end(store, id)
    }
    let third = try await begin(store, seed: 3, steps: 10)
    try write(["checkpoint": "state at 8"], to: store.folder.run(third))
    try await store.write(events([.stateChanged(.paused, reason: "a person")], third, at: 3000))
    try store.close()
  }

  @discardableResult
  func export(_ runs: [RunID] = [1, 2, 3], from store: URL? = nil, to folder: URL? = nil) async throws -> [URL] {
    let store = try RunStore(at: store ?? source, mode: .reading)
    defer { try? store.close() }
    return try await store.exportLogs(runs, to: folder ?? logs, by: Self.writer)
  }

  @discardableResult
  func take(_ places: [URL]? = nil, into store: URL? = nil) async throws -> LogImportOutcome {
    let store = try RunStore(at: store ?? target, mode: .engine)
    defer { try? store.close() }
    return try await store.importLogs(places ?? [logs])
  }

  /// The one line with which an import is refused; nil where it is not.
  func refusal(_ places: [URL]? = nil, into store: URL? = nil) async throws -> StoreError? {
    do {
      try await take(places, into: store)
      return nil
    } catch let error as StoreError { return error }
  }

  /// Replaces text in a log.
  func edit(_ log: URL, _ change: (String) -> String) throws {
    let text = try String(contentsOf: log, encoding: .utf8)
    try Data(change(text).utf8).write(to: log)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}
