/// Bytes that one decoding step reads, counted and not measured.
public struct FleetBytes: Hashable, Codable, Sendable {
  /// The base's weights, each once for the whole batch.
  public var base: Int
  /// Keys and values of all sequences, in the middle of a measured block.
  public var caches: Int
  /// A and B of one adapter as a step reads them, FP32.
  public var adapter: Int

  public init(base: Int, caches: Int, adapter: Int) {
    self.base = base
    self.caches = caches
    self.adapter = adapter
  }

  /// What a step with so many different adapters reads.
  public func step(adapters: Int) -> Int { base + caches + adapters * adapter }

  /// The same of another number of sequences.
  public func scaled(from sequences: Int, to others: Int) -> FleetBytes {
    FleetBytes(base: base, caches: caches / max(1, sequences) * others, adapter: adapter)
  }

  /// What the bytes alone say of the overhead of so many different adapters, percent of the same batch without.
  public func predictedPercent(adapters: Int) -> Double {
    100 * Double(adapters * adapter) / Double(max(1, base + caches))
  }
}

/// Type of an adapter's A and B where steps read them.
public enum AdapterType: String, Codable, CaseIterable, Hashable, Sendable {
  case fp32, bf16
}

/// Time per output token of a batch whose sequences have adapters, beside the same batch without.
public struct FleetLatency: Hashable, Codable, Sendable {
  /// So many models with an adapter merged into each, decoded one after the other, since different weights share no batch.
  public struct Merged: Hashable, Codable, Sendable {
    /// Milliseconds until each of the sequences has one more token.
    public var p50: Double
    public var p95: Double
    /// Over the batch without adapters, as `FleetLatency.overheadPercent`.
    public var overheadPercent: Interval

    public init(p50: Double, p95: Double, overheadPercent: Interval) {
      self.p50 = p50
      self.p95 = p95
      self.overheadPercent = overheadPercent
    }
  }

  /// In the batch; there are as many adapters to choose from.
  public var sequences: Int
  public var mix: AdapterMix
  public var type: AdapterType
  /// Adapters in the batch, each counted once.
  public var different: Int
  /// Milliseconds of a step, in which every sequence gets a token.
  public var p50: Double
  public var p95: Double
  /// The same batch without adapters.
  public var baseP50: Double
  public var baseP95: Double
  /// (a step's time ÷ that without adapters − 1) × 100, from paired blocks.
  public var overheadPercent: Interval
  public var bytes: FleetBytes
  /// Memory that one adapter takes in a decoder: the copies that prompts and steps read.
  public var adapterMemoryBytes: Int
  /// Seconds in which one adapter is read from its folder; nil where it was not measured.
  public var loadSeconds: Double?
  public var merged: Merged?
  public var blocks: Int
  /// What this program had of the cores meanwhile, 0 to 1.
  public var coreShare: Double

  public init(
    sequences: Int, mix: AdapterMix, type: AdapterType = .fp32, different: Int, p50: Double, p95: Double,
    baseP50: Double, baseP95: Double, overheadPercent: Interval, bytes: FleetBytes, adapterMemoryBytes: Int,
    loadSeconds: Double? = nil, merged: Merged? = nil, blocks: Int, coreShare: Double
  ) {
    self.sequences = sequences
    self.mix = mix
    self.type = type
    self.different = different
    self.p50 = p50
    self.p95 = p95
    self.baseP50 = baseP50
    self.baseP95 = baseP95
    self.overheadPercent = overheadPercent
    self.bytes = bytes
    self.adapterMemoryBytes = adapterMemoryBytes
    self.loadSeconds = loadSeconds
    self.merged = merged
    self.blocks = blocks
    self.coreShare = coreShare
  }

  /// What the bytes alone say, percent.
  public var predictedPercent: Double { bytes.predictedPercent(adapters: different) }
}
