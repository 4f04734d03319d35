import Builtin
import Foundation
import Kernels
import Testing
import Transformer

@Suite struct PretrainingTests {
  private static func options() -> PretrainingOptions {
    var options = PretrainingOptions()
    options.configuration = ModelConfiguration(
      vocabularySize: 400, hiddenSize: 32, layers: 2, heads: 3, kvHeads: 3, headSize: 16, intermediateSize: 48,
      maxPositions: 32_768)
    options.tokens = 1_500
    options.sequences = 2
    options.sequenceLength = 96
    options.tokenizerBytes = 20_000
    options.probeShare = 2
    options.probeInstances = 2
    return options
  }

  private static func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("pretraining-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private static func weights(_ folder: URL) throws -> Data {
    try Data(contentsOf: folder.appendingPathComponent("model.safetensors"))
  }

  @Test func resumesBitForBitAtAnyThreadCount() throws {
    let whole = try Self.folder()
    let parts = try Self.folder()
    defer { for folder in [whole, parts] { try? FileManager.default.removeItem(at: folder) } }
    var losses: [Double] = []
    try Pretraining(options: Self.options(), folder: whole, team: WorkerTeam(threads: 1)).run { progress in
      if progress.loss.isFinite { losses.append(progress.loss) }
      return true
    }
    var resumed: [Double] = []
    let first = try Pretraining(options: Self.options(), folder: parts, team: WorkerTeam(threads: 2))
    let finished = try first.run { progress in
      resumed.append(progress.loss)
      return progress.step < 3
    }
    #expect(!finished)
    let second = try Pretraining(options: Self.options(), folder: parts, team: WorkerTeam(threads: 3))
    #expect(second.step == 3)
    try second.run { progress in
      if progress.loss.isFinite { resumed.append(progress.loss) }
      return true
    }
    #expect(losses.count > 4 && losses == resumed)
    #expect(try Self.weights(whole) == Self.weights(parts))
  }

  @Test func refusesACheckpointOfOtherOptionsAndABrokenOne() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let team = WorkerTeam(threads: 1)
    try Pretraining(options: Self.options(), folder: folder, team: team).run { _ in false }
    var other = Self.options()
    other.learningRate = 2e-3
    #expect(throws: BuiltinError.self) { try Pretraining(options: other, folder: folder, team: team) }
    let file = folder.appendingPathComponent("pretraining.checkpoint")
    try Data(contentsOf: file).dropLast(8).write(to: file)
    #expect(throws: BuiltinError.self) { try Pretraining(options: Self.options(), folder: folder, team: team) }
  }

  @Test func refusesOptionsThatNoTrainingCouldFollow() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for change: (inout PretrainingOptions) -> Void in [
      { $0.tokens = 0 }, { $0.learningRate = -1 }, { $0.configuration.layers = 1 }, { $0.sequences = 0 },
    ] {
      var options = Self.options()
      change(&options)
      #expect(throws: BuiltinError.self) {
        try Pretraining(options: options, folder: folder, team: WorkerTeam(threads: 1))
      }
    }
  }
}
