/// An overhead at a number of sequences: measured, or predicted from what was.
public struct FleetOverhead: Hashable, Codable, Sendable {
  /// What it rests on.
  public enum Basis: String, Hashable, Codable, Sendable {
    case measured
    /// The same adapters at other numbers of sequences.
    case otherNumbers = "other numbers"
    /// The sum of its module groups', each measured at this number.
    case groups
    /// What a step reads, counted.
    case bytes
  }

  public var sequences: Int
  /// Percent of the same batch without adapters.
  public var percent: Double
  /// Nil for what is predicted.
  public var interval: Interval?
  public var basis: Basis

  public init(sequences: Int, percent: Double, interval: Interval? = nil, basis: Basis) {
    self.sequences = sequences
    self.percent = percent
    self.interval = interval
    self.basis = basis
  }

  public var isPredicted: Bool { basis != .measured }
}

/// The overhead of one kind of adapter over the number of sequences.
public struct FleetCurve: Sendable {
  /// In order of sequences, each number once.
  private let measured: [FleetLatency]
  private let seed: UInt64

  /// - Parameters:
  ///   - measured: of one adapter and one mix; of equal numbers of sequences the last counts.
  ///   - seed: that the mix was drawn with.
  public init(_ measured: [FleetLatency], seed: UInt64) {
    var byNumber: [Int: FleetLatency] = [:]
    for one in measured { byNumber[one.sequences] = one }
    self.measured = byNumber.values.sorted { $0.sequences < $1.sequences }
    self.seed = seed
  }

  /// Nil where nothing was measured. Between two numbers that were, on the line between them; beyond, what the bytes add to the nearest.
  public func overhead(sequences: Int) -> FleetOverhead? {
    if let known = measured.first(where: { $0.sequences == sequences }) {
      return FleetOverhead(
        sequences: sequences, percent: known.overheadPercent.estimate, interval: known.overheadPercent, basis: .measured
      )
    }
    let below = measured.last { $0.sequences < sequences }
    let above = measured.first { $0.sequences > sequences }
    if let below, let above {
      let share = Double(sequences - below.sequences) / Double(above.sequences - below.sequences)
      let (low, high) = (below.overheadPercent.estimate, above.overheadPercent.estimate)
      return FleetOverhead(sequences: sequences, percent: low + share * (high - low), basis: .otherNumbers)
    }
    guard let nearest = below ?? above else { return nil }
    return FleetOverhead(
      sequences: sequences,
      percent: nearest.overheadPercent.estimate + bytes(nearest, sequences) - nearest.predictedPercent,
      basis: .otherNumbers)
  }

  /// The smallest number of sequences, of those up to `most`, whose overhead is over a budget in percent; nil where none is, or nothing was
  /// measured.
  public func passes(_ budget: Double, most: Int) -> FleetOverhead? {
    guard most > 0 else { return nil }
    return (1...most).lazy.compactMap { overhead(sequences: $0) }.first { $0.percent > budget }
  }

  /// What the bytes say at another number of sequences than one that was measured.
  private func bytes(_ known: FleetLatency, _ sequences: Int) -> Double {
    known.bytes.scaled(from: known.sequences, to: sequences).predictedPercent(
      adapters: known.mix.different(sequences: sequences, seed: seed))
  }
}
