import Foundation
import Recipe
import Testing
import Transformer

/// What a process may take, from the files in which Linux says it, and what is refused for want of it.
@Suite struct MemoryLimitTests {
  private static let meminfo =
    "MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: 600000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"

  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    /// Below the root.
    var files: [String: String]
    var limits = ProcessLimits()
    var source: MemoryLimit.Source
    var total: Int
    var available: Int

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "the machine", files: [:], source: .machine, total: 1_000_000 << 10, available: 600_000 << 10),
    Case(
      name: "swap counts",
      files: ["proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 600 kB\nSwapTotal: 500 kB\nSwapFree: 400 kB\n"],
      source: .machine, total: 1500 << 10, available: 1000 << 10),
    Case(
      name: "a container: its group is the root of what it sees",
      files: [
        "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "400000000\n",
        "sys/fs/cgroup/memory.current": "300000000\n",
        "sys/fs/cgroup/memory.stat": "anon 1\ninactive_file 100000000\nactive_file 50000000\n",
      ], source: .controlGroup, total: 400_000_000, available: 250_000_000),
    Case(
      name: "a group above decides",
      files: [
        "proc/self/cgroup": "0::/user/job\n", "sys/fs/cgroup/user/job/memory.max": "max\n",
        "sys/fs/cgroup/user/job/memory.current": "1\n", "sys/fs/cgroup/user/memory.max": "200000000\n",
        "sys/fs/cgroup/user/memory.current": "50000000\n",
      ], source: .controlGroup, total: 200_000_000, available: 150_000_000),
    Case(
      name: "version 1, whose path is that of the host",
      files: [
        "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "300000000\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "100000000\n",
        "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 20000000\ntotal_active_file 0\n",
      ], source: .controlGroup, total: 300_000_000, available: 220_000_000),
    Case(
      name: "version 1 without a limit",
      files: [
        "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "100000000\n",
      ], source: .machine, total: 1_000_000 << 10, available: 600_000 << 10),
    Case(
      name: "ulimit -v", files: ["proc/self/status": "VmSize:\t  1000 kB\nVmData:\t 10 kB\n"],
      limits: ProcessLimits(addressSpace: 100_000_000), source: .addressSpace, total: 100_000_000,
      available: 100_000_000 - 1000 << 10),
    Case(
      name: "ulimit -d", files: ["proc/self/status": "VmSize:\t  1000 kB\nVmData:\t 10 kB\n"],
      limits: ProcessLimits(data: 50_000_000), source: .dataSegment, total: 50_000_000,
      available: 50_000_000 - 10 << 10),
  ]

  @Test(arguments: cases)
  func takesTheTightest(_ test: Case) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("lorascope-limit-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (name, text) in ["proc/meminfo": Self.meminfo].merging(test.files, uniquingKeysWith: { $1 }) {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let limit = MemoryLimit.read(root: root.path, limits: test.limits)
    #expect(limit == MemoryLimit(source: test.source, total: test.total, available: test.available))
  }

  @Test func thisProcessHasSome() {
    let limit = MemoryLimit.current
    #expect(limit.available > 0)
    #expect(limit.available <= limit.total)
  }

  @Test func aRefusalNamesBothNumbersAndWhatWouldFit() throws {
    let limit = MemoryLimit(source: .controlGroup, total: 4_000_000_000, available: 3_000_000_000)
    try MemoryShortage.check(2_500_000_000, for: "weights", limit: limit) { _ in "" }
    let error = #expect(throws: MemoryShortage.self) {
      try MemoryShortage.check(2_500_000_000, for: "m: the weights", beside: 1_000_000_000, limit: limit) { room in
        "\(room / 1_000_000) MB fit"
      }
    }
    let line = try #require(error).description
    #expect(
      line.hasPrefix(
        "m: the weights need 2.5 GB of memory, and 2.0 GB of the 4.0 GB of the memory that the control group"))
    #expect(line.contains("MB fit"))
    #expect(error?.exitStatus == 69)
  }

  @Test(arguments: [
    (0, "0 kB"), (12_345, "12 kB"), (45_600_000, "45.6 MB"), (51_540_000_000, "51.5 GB"), (687_000_000_000, "687 GB"),
  ])
  func bytesAreReadable(_ bytes: Int, _ text: String) { #expect(MemoryShortage.text(bytes) == text) }

  /// Caches, activations and logits of shapes that no product of numbers can hold.
  @Test func nothingOverflows() {
    let shape = ModelConfiguration(
      vocabularySize: 1 << 24, hiddenSize: 1 << 20, layers: 4096, heads: 2048, kvHeads: 2048, headSize: 8192,
      intermediateSize: 1 << 20, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 1 << 24
    )
    #expect(InferenceMemory.caches(shape, slots: 65_536, positions: 1 << 24) == .max)
    #expect(InferenceMemory.forward(shape, tokens: .max, headRows: .max, longest: .max) == .max)
  }

  /// A cache's estimate is what a decoder really takes: keys and values of each layer.
  @Test func cachesAreCounted() {
    let shape = ModelConfiguration(
      vocabularySize: 97, hiddenSize: 32, layers: 2, heads: 4, kvHeads: 2, headSize: 8, intermediateSize: 48,
      ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tieWordEmbeddings: true, maxPositions: 128)
    #expect(InferenceMemory.caches(shape, slots: 3, positions: 10) == 4 * 2 * 3 * 2 * 10 * 16)
    // 2560 bytes a slot: as many as fit into an eighth, and never fewer than 16.
    #expect(InferenceMemory.slots(shape, positions: 10, available: 8 * 64 * 2560) == 64)
    #expect(InferenceMemory.slots(shape, positions: 10, available: 8 * 64 * 2560 - 8) == 32)
    #expect(InferenceMemory.slots(shape, positions: 10, available: 0) == 16)
  }

  /// Where 16 have no room there are 8, and 5 at least: a decoder of those is refused as it was.
  @Test func fewerSlotsWhereMemoryIsShort() throws {
    let shape = ModelConfiguration(
      vocabularySize: 97, hiddenSize: 512, layers: 16, heads: 8, kvHeads: 8, headSize: 64, intermediateSize: 512,
      tieWordEmbeddings: true, maxPositions: 4096)
    // 256 MB a slot.
    let slot = InferenceMemory.caches(shape, slots: 1, positions: 4096)
    #expect(slot == 1 << 28)
    func slots(_ available: Int) -> Int { InferenceMemory.slots(shape, positions: 4096, available: available) }
    #expect([64, 18, 10, 6, 0].map { slots($0 * slot) } == [16, 16, 8, 5, 5])
    // An adapter's copies take the place of some.
    let large = try LoRASpecification(targets: .all, in: shape, rank: 2048, alpha: 1)
    let copies = InferenceMemory.copies(of: large, in: shape)
    #expect(copies > 4 * slot)
    func beside(_ available: Int) -> Int {
      InferenceMemory.slots(shape, positions: 4096, beside: [large], available: available)
    }
    #expect(beside(10 * slot) == 5 && beside(10 * slot + copies) == 8)
    func said(_ slots: Int, for answers: Int) -> String? {
      InferenceMemory.fewerSlots(slots, shape, positions: 4096, for: answers, available: 10 * slot)
    }
    #expect(said(16, for: 500) == nil && said(8, for: 8) == nil)
    let line = try #require(said(8, for: 500))
    #expect(line.hasPrefix("8 answers are written together instead of 16") && line.contains("4.3 GB"))
    // Few sequences of a small model are never many bytes.
    let small = TinyModel.configuration()
    #expect(InferenceMemory.fewerSlots(64, small, positions: 10, for: 500) == nil)
    let half = InferenceMemory.slots(small, positions: 64, available: 8 * 40 * 64 * 2 * 2 * 12 * 4)
    #expect(half == 32)
    #expect(
      InferenceMemory.fewerSlots(half, small, positions: 64, for: 500, available: 0)?.contains("instead of 64") == true)
  }

  /// Matrices twice, and with DoRA its magnitudes once and twice what its factors are computed from.
  @Test func copiesOfAnAdapterAreCounted() throws {
    let shape = TinyModel.configuration()
    let plain = try LoRASpecification(targets: .fc2, in: shape, rank: 3, alpha: 1)
    let dora = try LoRASpecification(targets: .fc2, in: shape, rank: 3, alpha: 1, useDoRA: true)
    let rows = shape.hiddenSize
    let factors = 4 * rows + 3 * rows + 3 * 3
    let perLayer = rows + 2 * factors
    let difference =
      InferenceMemory.copies(of: dora, in: shape) - InferenceMemory.copies(of: plain, in: shape)
    #expect(difference == MemoryLayout<Float>.stride * shape.layers * perLayer)
    // Training has them once, and of the magnitudes gradients and moments.
    let trained = TrainingMemory.adapter(dora, in: shape) - TrainingMemory.adapter(plain, in: shape)
    #expect(trained == MemoryLayout<Float>.stride * shape.layers * (4 * rows + factors))
    #expect(
      InferenceMemory.copies(of: plain, in: shape)
        >= 2 * MemoryLayout<Float>.stride * plain.parameterCount(in: shape))
  }

  /// Coefficients of layers with one input lie side by side in a step, and those of every module are there for a prompt.
  @Test func whatPassesNeedForAdaptersIsCounted() throws {
    let shape = TinyModel.configuration()
    /// Floats of a sequence's step and of a prompt's token.
    func more(_ targets: Targets, useDoRA: Bool = false) throws -> [Int] {
      let adapters = [try LoRASpecification(targets: targets, in: shape, rank: 3, alpha: 1, useDoRA: useDoRA)]
      let float = MemoryLayout<Float>.stride
      func step(_ adapters: [LoRASpecification]) -> Int {
        InferenceMemory.decoder(shape, slots: 2, maxLength: 8, adapters: adapters) / float
      }
      func token(_ adapters: [LoRASpecification]) -> Int {
        InferenceMemory.forward(shape, tokens: 2, headRows: 1, longest: 2, adapters: adapters) / float
      }
      return [(step(adapters) - step([])) / 2, (token(adapters) - token([])) / 2]
    }
    #expect(try more([.qProj, .vProj]) == [6, 6])
    #expect(try more([.qProj, .downProj]) == [3, 6])
    #expect(try more(.all) == [9, 21])
    #expect(try more(.fc2, useDoRA: true) == [3 + shape.hiddenSize, 3 + shape.hiddenSize])
  }
}
