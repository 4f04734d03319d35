import Recipe

/// A fleet's latency as the store keeps it.
public struct FleetMeasurement: Hashable, Codable, Sendable {
  /// What was measured where; a newer measurement of the same takes the place of an older one, unless that was quiet and this is busy.
  public struct Key: Hashable, Codable, Sendable {
    /// The run whose adapter was copied; nil for fresh adapters.
    public var run: RunID?
    public var baseFingerprint: String
    public var targets: Targets
    /// Of one adapter: tells ranks apart.
    public var parameters: Int
    public var useDoRA: Bool
    /// In the batch.
    public var sequences: Int
    public var mix: AdapterMix
    public var type: AdapterType
    /// Processor and instruction set.
    public var machine: String
    public var threads: Int

    public init(
      run: RunID? = nil, baseFingerprint: String, targets: Targets, parameters: Int, useDoRA: Bool, sequences: Int,
      mix: AdapterMix, type: AdapterType = .fp32, machine: String, threads: Int
    ) {
      self.run = run
      self.baseFingerprint = baseFingerprint
      self.targets = targets
      self.parameters = parameters
      self.useDoRA = useDoRA
      self.sequences = sequences
      self.mix = mix
      self.type = type
      self.machine = machine
      self.threads = threads
    }
  }

  public var key: Key
  public var latency: FleetLatency
  /// The base's, as a person knows it.
  public var model: String
  /// Seconds since 1970.
  public var time: Double

  public init(key: Key, latency: FleetLatency, model: String, time: Double) {
    self.key = key
    self.latency = latency
    self.model = model
    self.time = time
  }
}

/// Where the measurement of a run's fleet stands.
public struct FleetProgress: Hashable, Sendable {
  /// Whose adapter is copied.
  public var run: RunID
  /// Sequences of the batches that are measured.
  public var sequences: [Int]
  /// 0 to 1, of the time that it may take.
  public var fraction: Double

  public init(run: RunID, sequences: [Int], fraction: Double) {
    self.run = run
    self.sequences = sequences
    self.fraction = fraction
  }
}

extension FleetMeasurement {
  /// Its numbers are such that a measurement may have: what any program wrote into a store is looked at before it is reckoned with.
  package var isPlausible: Bool {
    let (counts, bytes) = (1...1024, 0...(1 << 48))
    let times = [latency.p50, latency.p95, latency.baseP50, latency.baseP95, latency.coreShare, time]
    return counts.contains(latency.sequences) && (0...latency.sequences).contains(latency.different)
      && [latency.bytes.base, latency.bytes.caches, latency.bytes.adapter, latency.adapterMemoryBytes, key.parameters]
        .allSatisfy(bytes.contains)
      && (times + latency.overheadPercent.ends + (latency.merged?.overheadPercent.ends ?? [])
        + [latency.loadSeconds, latency.merged?.p50, latency.merged?.p95].compactMap { $0 }).allSatisfy(\.isFinite)
  }
}

extension Interval {
  fileprivate var ends: [Double] { [estimate, low, high] }
}

extension FleetOverhead {
  /// `predicted from the bytes`; nil for what was measured.
  package var prediction: String? {
    switch basis {
    case .measured: nil
    case .otherNumbers: "predicted from other numbers of adapters"
    case .groups: "predicted as the sum of its groups"
    case .bytes: "predicted from the bytes"
    }
  }
}

extension FleetLatency {
  /// It was measured while other programs had the cores.
  public var isBusy: Bool { CoreUse.isBusy(coreShare) }
}

extension [FleetMeasurement] {
  /// Those of a run's adapter, and of fresh ones of the same shape on the same base.
  package func of(_ run: RunSummary) -> [FleetMeasurement] {
    filter { one in
      one.key.run == run.id
        || one.key.run == nil && one.key.targets == run.plan.targets
          && one.key.baseFingerprint == run.prepared?.baseFingerprint
          && one.key.parameters == run.prepared?.trainableParameters
    }
  }

  /// Those of one machine: of this one where there are any, else of the one that measured last.
  package func ofOneMachine(preferring machine: String) -> [FleetMeasurement] {
    let chosen =
      contains { $0.key.machine == machine } ? machine : self.max { $0.time < $1.time }?.key.machine ?? machine
    return filter { $0.key.machine == chosen }
  }

  /// The overhead of a batch of so many sequences with an adapter each: as it was measured on a quiet machine, the newest; else as the sum of
  /// its module groups measured at that number, else from other numbers of sequences, else from the bytes. Nil where nothing of the base
  /// was measured.
  ///
  /// - Parameters:
  ///   - parameters: of one adapter; nil where they are not known, so that only the targets have to be the same.
  ///   - fingerprint: the base's.
  ///   - type: of the adapters; those of another type say nothing of them.
  package func fleetOverhead(
    _ targets: Targets, parameters: Int?, on fingerprint: String, sequences: Int, mix: AdapterMix = .distinct,
    type: AdapterType = .fp32
  ) -> FleetOverhead? {
    let quiet = filter {
      $0.key.baseFingerprint == fingerprint && $0.key.mix == mix && $0.key.type == type && !$0.latency.isBusy
    }.sorted { $0.time < $1.time }
    let own = quiet.filter { $0.key.targets == targets && (parameters == nil || $0.key.parameters == parameters) }
    let curve = FleetCurve(own.map(\.latency), seed: 0)
    let known = curve.overhead(sequences: sequences)
    if let known, !known.isPredicted { return known }
    if let sum = quiet.sumOfGroups(targets, parameters: parameters, sequences: sequences) { return sum }
    if let known { return known }
    guard let parameters, let any = quiet.last?.latency else { return nil }
    var bytes = any.bytes.scaled(from: any.sequences, to: sequences)
    bytes.adapter = parameters * (type == .bf16 ? 2 : MemoryLayout<Float>.stride)
    return FleetOverhead(
      sequences: sequences, percent: bytes.predictedPercent(adapters: mix.different(sequences: sequences, seed: 0)),
      basis: .bytes)
  }

  /// What is added by one group is nearly what it is added by alone, since each of its bytes is read once more.
  private func sumOfGroups(_ targets: Targets, parameters: Int?, sequences: Int) -> FleetOverhead? {
    let groups = targets.groups
    guard targets.isCombination, groups.count > 1 else { return nil }
    let parts = groups.compactMap { group in
      last { $0.key.targets == group.set && $0.latency.sequences == sequences && !$0.key.useDoRA }
    }
    guard parts.count == groups.count,
      parameters == nil || parts.reduce(0, { $0 + $1.key.parameters }) == parameters
    else { return nil }
    return FleetOverhead(
      sequences: sequences, percent: parts.reduce(0) { $0 + $1.latency.overheadPercent.estimate }, basis: .groups)
  }
}
