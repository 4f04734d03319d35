import Engine
import Foundation
import HuggingFace
import Messages
import Recipe
import RunStore
import Synchronization
import Testing
import Text
import Training
import Transformer

/// A random model of a few thousand parameters, a small data file and a store, in a folder of their own.
struct TinyStudy {
  let folder: URL
  let model: ModelReference
  let data: DataReference
  /// What `model` and `data` are read from.
  let modelFolder: URL
  let file: URL
  var store: URL { folder.appending(path: "store.sqlite") }

  /// - Parameter seed: of the weights.
  init(seed: UInt64 = 1) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-study-\(UUID().uuidString)")
    modelFolder = folder.appending(path: "model")
    try FileManager.default.createDirectory(at: modelFolder, withIntermediateDirectories: true)
    let lines = (0..<24).map { "{\"prompt\": \"\($0) + 1 = \", \"completion\": \"\($0 + 1)\"}" }
    file = folder.appending(path: "sums.jsonl")
    try Data(lines.joined(separator: "\n").utf8).write(to: file)
    let tokenizer = TokenizerTraining.trainByteLevelBPE(
      corpus: lines, vocabularySize: 280, specialTokens: ["<|endoftext|>"], splitDigits: true)
    let configuration = ModelConfiguration(
      vocabularySize: 280, hiddenSize: 16, layers: 2, heads: 2, kvHeads: 1, headSize: 8, intermediateSize: 24,
      maxPositions: 256)
    try ModelFolder.write(
      TrainableModel(configuration: configuration, seed: seed).base, tokenizerJSON: tokenizer,
      eosToken: "<|endoftext|>",
      to: modelFolder, element: .float32)
    model = .folder(path: modelFolder.path)
    data = .file(path: file.path, evaluation: .share(0.25))
  }

  func options(threads: Int = 1, jobs: Int = 1) -> EngineOptions {
    var options = EngineOptions(store: store, threads: threads, jobs: jobs)
    options.preselect = false
    options.evaluatesBase = false
    options.speedSeconds = 0.02
    options.latency = LatencyOptions(
      promptLength: 4, tokensPerBlock: 4, minimumRounds: 2, maximumRounds: 2, timeCap: 5)
    return options
  }

  func plan(_ targets: Targets = .oProj, steps: Int = 12, seed: UInt64 = 0) -> RunPlan {
    var settings = RunSettings()
    settings.rank = 2
    settings.steps = steps
    settings.batchSize = 2
    settings.sequenceLength = 32
    settings.learningRate = 1e-2
    settings.dropout = 0.1
    settings.seed = seed
    return RunPlan(model: model, data: data, targets: targets, settings: settings)
  }

  /// The store as a kill would leave it now, in a folder of its own: a copy of its files while no run writes to them.
  func copyOfStore() throws -> URL {
    let place = folder.appending(path: "killed")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for name in ["store.sqlite", "store.sqlite-wal", "runs"] {
      let file = folder.appending(path: name)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      try FileManager.default.copyItem(at: file, to: place.appending(path: name))
    }
    return place.appending(path: "store.sqlite")
  }
}

/// Holds runs before one of their steps until it is opened: what a test does meanwhile comes exactly then.
final class StepGate: Sendable {
  private let step: Int
  /// Nil holds any run.
  private let run: RunID?
  private let isOpen = Atomic(false)
  private let opened = DispatchSemaphore(value: 0)
  private let (arrivals, arrive) = AsyncStream.makeStream(of: RunID.self)

  init(before step: Int, of run: RunID? = nil) {
    self.step = step
    self.run = run
  }

  func hold(_ run: RunID, before step: Int) {
    guard step == self.step, self.run ?? run == run, !isOpen.load(ordering: .acquiring) else { return }
    arrive.yield(run)
    opened.wait()
    // Others may be held too.
    opened.signal()
  }

  func open() {
    isOpen.store(true, ordering: .releasing)
    opened.signal()
  }

  /// The next run that is held.
  func arrival() async throws -> RunID {
    for await run in arrivals { return run }
    throw CancellationError()
  }
}

extension MessageBus {
  /// The first snapshot that is as wished.
  func first(where wish: (Snapshot) -> Bool) async throws -> Snapshot {
    for await snapshot in snapshots() where wish(snapshot) { return snapshot }
    throw CancellationError()
  }

  /// The run once it is in one of these states; a failure that was not waited for ends the wait too.
  func run(_ id: RunID, in states: RunState...) async throws -> RunSummary {
    let snapshot = try await first { snapshot in
      guard let state = snapshot.run(id)?.state else { return false }
      return states.contains(state) || state == .failed
    }
    let run = try #require(snapshot.run(id))
    #expect(states.contains(run.state), "\(run.state): \(run.reason ?? "")")
    return run
  }

  /// The run once it has done so many steps.
  func run(_ id: RunID, atStep step: Int) async throws {
    _ = try await first { ($0.run(id)?.step ?? 0) >= step || $0.run(id)?.state.isTerminal == true }
  }

  /// Latencies count as measured on a quiet machine, however busy the tests' own is: of the few milliseconds that a tiny model takes another
  /// program's turn is a large part, and what is measured beside it decides nothing.
  func countLatenciesAsQuiet() async {
    for run in currentSnapshot().runs {
      guard var latency = run.latency else { continue }
      latency.coreShare = 1
      post(.latencyMeasured(latency), run: run.id)
    }
    await flush()
  }

  /// The runs that the engine accepted the command for.
  func accepted(_ command: Command) async -> [RunID] {
    switch await send(command) {
    case .accepted(let runs): return runs
    case .refused(let refusal):
      Issue.record("refused: \(refusal)")
      return []
    case .wouldReplace(let reason):
      Issue.record("refused: \(reason)")
      return []
    }
  }

  /// The reason for which the engine refused.
  func refused(_ command: Command) async -> String {
    switch await send(command) {
    case .accepted:
      Issue.record("accepted")
      return ""
    case .refused(let refusal):
      #expect(!refusal.line.contains("\n") && [64, 65, 66, 69, 73, 74].contains(refusal.exitStatus))
      return refusal.line
    case .wouldReplace(let reason):
      #expect(!reason.contains("\n"))
      return reason
    }
  }
}

extension RunSummary {
  var bits: [UInt32] { losses.values(0..<losses.count).map(\.bitPattern) }

  /// The bytes of the adapter's tensors.
  func adapterBytes() throws -> Data {
    let path = try #require(adapterPath)
    return try Data(contentsOf: URL(filePath: path).appending(path: "adapter_model.safetensors"))
  }
}
