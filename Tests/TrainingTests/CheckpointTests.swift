import Foundation
import Kernels
import Recipe
import Testing
import Training
import Transformer

@Suite struct CheckpointTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private var file: URL { folder.appendingPathComponent("checkpoint.safetensors") }

  private func clean() { try? FileManager.default.removeItem(at: folder) }

  private func options(packing: Bool = false) -> TrainingOptions {
    TinyModel.options(steps: 14) {
      $0.packing = packing
      $0.gradientAccumulation = 2
      $0.schedule = .cosine
      $0.warmupSteps = 2
      $0.dropout = 0.1
      $0.weightDecay = 0.01
    }
  }

  private func trainer(
    _ options: TrainingOptions, adapter: LoRAAdapter, base: BaseModel? = nil, data: [TokenizedExample]? = nil,
    threads: Int = 1
  ) throws -> Trainer {
    try Trainer(
      base: try base ?? TinyModel.base(), adapter: adapter, data: data ?? TinyModel.data(), options: options,
      team: WorkerTeam(threads: threads))
  }

  /// Interrupted in the middle of an epoch, restored into a new process's worth of objects at another number of threads.
  @Test(arguments: [true, false])
  func restoredRunsAreBitIdentical(packing: Bool) throws {
    defer { clean() }
    let whole = try TinyModel.adapter(dropout: 0.1)
    let uninterrupted = try trainer(options(packing: packing), adapter: whole)
    let curve = try (0..<14).map { _ in try uninterrupted.step() }

    let first = try trainer(options(packing: packing), adapter: try TinyModel.adapter(dropout: 0.1))
    for _ in 0..<5 { _ = try first.step() }
    try first.saveCheckpoint(to: file)
    // Steps after the checkpoint are lost and done again.
    for _ in 0..<2 { _ = try first.step() }

    let continued = try TinyModel.adapter(dropout: 0.1, seed: 99)
    var threaded = options(packing: packing)
    threaded.threads = 3
    let second = try trainer(threaded, adapter: continued, threads: 3)
    try second.restoreCheckpoint(from: file)
    #expect(second.stepIndex == 5)
    for step in 5..<14 {
      let record = try second.step()
      #expect(record.loss == curve[step].loss)
      #expect(record.gradientNorm == curve[step].gradientNorm)
      #expect(record.learningRate == curve[step].learningRate)
      #expect(record.tokens == curve[step].tokens)
    }
    #expect(TinyModel.bits(continued) == TinyModel.bits(whole))
  }

  @Test func oneFileThatIsReplacedWhole() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    try run.saveCheckpoint(to: file)
    let first = try Data(contentsOf: file)
    _ = try run.step()
    try run.saveCheckpoint(to: file)
    #expect(try Data(contentsOf: file) != first)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [file.lastPathComponent])
    #expect(throws: (any Error).self) {
      try run.saveCheckpoint(to: folder.appendingPathComponent("missing/checkpoint.safetensors"))
    }
  }

  @Test func anotherRunsCheckpointIsRefused() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    _ = try run.step()
    try run.saveCheckpoint(to: file)

    func refusal(_ other: Trainer) -> String {
      let before = TinyModel.bits(other.adapter)
      let error = #expect(throws: TrainingError.self) { try other.restoreCheckpoint(from: file) }
      #expect(TinyModel.bits(other.adapter) == before)
      #expect(other.stepIndex == 0)
      #expect(error?.exitStatus == 65)
      return error?.description ?? ""
    }
    var changed = options()
    changed.learningRate = 0.5
    changed.clip = 0
    let byOptions = refusal(try trainer(changed, adapter: try TinyModel.adapter(dropout: 0.1)))
    #expect(byOptions.contains("lr 0.01 against 0.5") && byOptions.contains("clip 1.0 against 0.0"))
    #expect(byOptions.hasPrefix(file.path))
    changed = options()
    changed.steps = nil
    changed.epochs = 3
    #expect(
      refusal(try trainer(changed, adapter: try TinyModel.adapter(dropout: 0.1))).contains("steps 14 against none"))
    let byTargets = refusal(
      try trainer(options(), adapter: try TinyModel.adapter(targets: Targets.qkv, dropout: 0.1)))
    #expect(byTargets.contains("other targets"))
    let byBase = refusal(
      try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1), base: try TinyModel.base(seed: 3)))
    #expect(byBase.contains("base model has other weights"))
    let byData = refusal(
      try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1), data: TinyModel.data(seed: 4)))
    #expect(byData.contains("training data is another"))
  }

  @Test func damagedFilesAreRefused() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    _ = try run.step()
    try run.saveCheckpoint(to: file)
    let whole = try Data(contentsOf: file)
    let before = TinyModel.bits(run.adapter)
    for length in [0, 4, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: file)
      #expect(throws: (any Error).self) { try run.restoreCheckpoint(from: file) }
    }
    // A number that is none, in the last moment of all.
    var poisoned = whole
    poisoned.replaceSubrange((whole.count - 4)..., with: [0, 0, 0xC0, 0x7F])
    try poisoned.write(to: file)
    #expect(throws: (any Error).self) { try run.restoreCheckpoint(from: file) }
    try FileManager.default.removeItem(at: file)
    #expect(throws: (any Error).self) { try run.restoreCheckpoint(from: file) }
    #expect(TinyModel.bits(run.adapter) == before)
    #expect(run.stepIndex == 1)
  }

  @Test func aFileThatIsNoCheckpoint() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    func refusal(metadata: [String: String]) throws -> String {
      let header = try JSONSerialization.data(withJSONObject: ["__metadata__": metadata])
      var bytes = Data()
      withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
      try (bytes + header).write(to: file)
      let error = #expect(throws: TrainingError.self) { try run.restoreCheckpoint(from: file) }
      return error?.description ?? ""
    }
    #expect(try refusal(metadata: ["format": "pt"]).contains("no \"checkpoint\""))
    #expect(try refusal(metadata: ["checkpoint": "{"]).contains("not readable"))
    #expect(try refusal(metadata: ["checkpoint": #"{"format": 99}"#]).contains("format 99"))
    #expect(try refusal(metadata: ["checkpoint": #"{"format": 1}"#]).contains("not complete"))
  }

  /// Any bit of the tensors or of the header, and a file of an earlier version, which has no checksum.
  @Test func aChecksumFindsWhatNoShapeTells() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    _ = try run.step()
    try run.saveCheckpoint(to: file)
    let whole = try Data(contentsOf: file)
    let before = TinyModel.bits(run.adapter)
    let headerLength = Int(
      whole.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) })
    for place in [8 + headerLength, 8 + headerLength + (whole.count - headerLength) / 2, whole.count - 4] {
      var damaged = whole
      damaged[place] ^= 1
      try damaged.write(to: file)
      let error = #expect(throws: TrainingError.self) { try run.restoreCheckpoint(from: file) }
      #expect(error?.description.contains("checksum") == true)
    }
    #expect(TinyModel.bits(run.adapter) == before)
    // The same length, so that no offset moves.
    let text = Data("\"checksum\"".utf8)
    let range = try #require(whole.range(of: text))
    var old = whole
    old.replaceSubrange(range, with: Data("\"chequesum".utf8.prefix(9)) + Data("\"".utf8))
    try old.write(to: file)
    try run.restoreCheckpoint(from: file)
    #expect(TinyModel.bits(run.adapter) == before)
  }

  @Test func theOneBeforeIsKept() throws {
    defer { clean() }
    let run = try trainer(options(), adapter: try TinyModel.adapter(dropout: 0.1))
    let previous = folder.appendingPathComponent("checkpoint.previous")
    try run.saveCheckpoint(to: file, keeping: previous)
    let first = try Data(contentsOf: file)
    _ = try run.step()
    try run.saveCheckpoint(to: file, keeping: previous)
    #expect(try Data(contentsOf: previous) == first)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    try run.restoreCheckpoint(from: previous)
    #expect(run.stepIndex == 0)
  }
}
