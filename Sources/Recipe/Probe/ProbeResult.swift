/// What a base's first gradients and features say about its modules, before anything is trained.
///
/// The energy of a module is ‖∂L/∂B‖², the squared Frobenius norm of the loss's gradient in B at B = 0, where LoRA's B begins. There
/// the adapters change nothing yet, so that no module's gradient depends on which others are adapted: the energy of a set is the sum of
/// its modules' energies, and one pass with all of them gives it for every set. It is how fast the loss falls at first under gradient
/// steps on B, and no more.
public struct ProbeResult: Hashable, Codable, Sendable {
  /// What was measured of one linear layer of one block.
  public struct Cell: Hashable, Codable, Sendable {
    public var path: ModulePath
    /// `[batches][starts]` ‖∂L/∂B‖² of each batch's mean loss, in (nats per unit of B)².
    public var energies: [[Double]]
    /// Mean ‖W·z‖ over all positions' inputs z of length 1, with W divided by the root mean square of its elements; nil where it was
    /// not measured.
    public var featureNorm: Double?
    /// The same over random directions z.
    public var randomNorm: Double?

    public init(path: ModulePath, energies: [[Double]], featureNorm: Double? = nil, randomNorm: Double? = nil) {
      self.path = path
      self.energies = energies
      self.featureNorm = featureNorm
      self.randomNorm = randomNorm
    }

    /// Mean over batches and starts.
    public var energy: Double { ProbeResult.mean(energies.map(ProbeResult.mean)) }
  }

  /// TPOT of a fresh adapter on one group in all layers.
  public struct Cost: Hashable, Codable, Sendable {
    public var group: TargetGroup
    /// (TPOT ÷ the base's TPOT − 1) × 100, from paired blocks.
    public var overheadPercent: Interval

    public init(group: TargetGroup, overheadPercent: Interval) {
      self.group = group
      self.overheadPercent = overheadPercent
    }
  }

  /// TPOT of the base's module groups, measured one by one and interleaved, and of all of them together, by which the sum is checked.
  public struct Costs: Hashable, Codable, Sendable {
    public var groups: [Cost]
    public var all: Interval
    /// What this program had of the cores meanwhile, 0 to 1.
    public var coreShare: Double

    public init(groups: [Cost], all: Interval, coreShare: Double) {
      self.groups = groups
      self.all = all
      self.coreShare = coreShare
    }
  }

  /// The model's linear layers, among which targets are chosen.
  public var linears: ModelLinears
  /// Of the adapters; the energy grows with the square of alpha ÷ rank, and with the rank.
  public var rank: Int
  public var alpha: Double
  public var seed: UInt64
  public var batches: Int
  public var starts: Int
  /// Examples and positions with loss in all batches.
  public var examples: Int
  public var lossTokens: Int
  /// Mean loss of the base over these, in nats for each position.
  public var loss: Double
  /// In path order.
  public var cells: [Cell]
  /// Nil where TPOT was not measured.
  public var costs: Costs?
  /// What a person should know of it, a line each.
  public var notes: [String]

  public init(
    linears: ModelLinears, rank: Int, alpha: Double, seed: UInt64, batches: Int, starts: Int, examples: Int,
    lossTokens: Int, loss: Double, cells: [Cell], costs: Costs? = nil, notes: [String] = []
  ) {
    self.linears = linears
    self.rank = rank
    self.alpha = alpha
    self.seed = seed
    self.batches = batches
    self.starts = starts
    self.examples = examples
    self.lossTokens = lossTokens
    self.loss = loss
    self.cells = cells
    self.costs = costs
    self.notes = notes
  }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}

/// Energy.
extension ProbeResult {
  /// A mean with the standard deviations around it.
  public struct Spread: Hashable, Codable, Sendable {
    public var mean: Double
    /// Of batches, each the mean over the starts; nil for one batch.
    public var overBatches: Double?
    /// Of starts of A, each the mean over the batches; nil for one start.
    public var overStarts: Double?
    /// Of the mean, both taken together; nil where one of them is not known.
    public var standardError: Double?
  }

  /// Of what there is only one, so that nothing can be said of how far two sets differ by chance; nil where there are two of each.
  public var loneMeasurement: String? {
    let lone = [(batches, "batch"), (starts, "start")].filter { $0.0 < 2 }.map { "one \($0.1)" }
    return lone.isEmpty ? nil : lone.joined(separator: " and ")
  }

  /// The cells whose modules are targets. What the model lacks is left out.
  public func cells(of targets: Targets) -> [Cell] {
    let chosen = Set(targets.present(in: linears))
    return cells.filter { chosen.contains($0.path) }
  }

  /// `[batches][starts]` energies of a set of modules, in whatever layers.
  public func energies(of targets: Targets) -> [[Double]] { sum(of: cells(of: targets)) }

  public func spread(of targets: Targets) -> Spread { Self.spread(energies(of: targets)) }

  /// Mean energy of a set of modules with its 95 % interval over batches and starts of A, those of which there are several. It ends at 0
  /// below.
  public func energy(of targets: Targets) -> Interval {
    let spread = spread(of: targets)
    let parts = [(spread.overBatches, batches), (spread.overStarts, starts)]
    let half = 1.96 * Self.variance(of: parts).squareRoot()
    return Interval(estimate: spread.mean, low: max(0, spread.mean - half), high: spread.mean + half)
  }

  /// `[batches][starts]` energies of some cells together.
  public func sum(of cells: [Cell]) -> [[Double]] {
    var sums = [[Double]](repeating: [Double](repeating: 0, count: starts), count: batches)
    for cell in cells {
      for (batch, row) in cell.energies.enumerated() where batch < batches {
        for (start, value) in row.enumerated() where start < starts { sums[batch][start] += value }
      }
    }
    return sums
  }

  public static func spread(_ energies: [[Double]]) -> Spread {
    let byBatch = energies.map(mean)
    let starts = energies.first?.count ?? 0
    let byStart = (0..<starts).map { start in mean(energies.map { $0[start] }) }
    let (batches, both) = (deviation(byBatch), deviation(byStart))
    let isKnown = batches != nil && both != nil
    return Spread(
      mean: mean(byBatch), overBatches: batches, overStarts: both,
      standardError: isKnown ? variance(of: [(batches, byBatch.count), (both, byStart.count)]).squareRoot() : nil)
  }

  /// Of a mean, from the deviations and counts of what it is over; what has no deviation is left out.
  private static func variance(of parts: [(deviation: Double?, count: Int)]) -> Double {
    parts.reduce(0) { sum, part in sum + (part.deviation.map { $0 * $0 / Double(part.count) } ?? 0) }
  }

  private static func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}

/// The forward-only score.
extension ProbeResult {
  /// PLoP's normalised feature norm (arXiv 2506.20629): Σ‖W·z‖ over the task's features ÷ the same over random directions, summed over
  /// the chosen layers as the authors' `get_group_metrics` does it. PLoP adapts the types of module with the lowest. Nil where it was
  /// not measured.
  public func featureScore(of targets: Targets) -> Double? { Self.featureScore(cells(of: targets)) }

  public static func featureScore(_ cells: [Cell]) -> Double? {
    let pairs = cells.compactMap { cell in cell.featureNorm.flatMap { norm in cell.randomNorm.map { (norm, $0) } } }
    let random = pairs.reduce(0) { $0 + $1.1 }
    return random > 0 ? pairs.reduce(0) { $0 + $1.0 } / random : nil
  }
}

/// Predicted TPOT.
extension ProbeResult {
  /// TPOT overhead of an adapter on these modules in percent of the base's TPOT, with a 95 % interval; nil where TPOT was not measured.
  ///
  /// Overheads are taken to add up over the groups, and within a group over its adapter's parameters, since decoding reads each once a
  /// token. By how much the sum over all groups misses what was measured of them widens the interval, in proportion to what is
  /// added. All groups in all layers have what was measured of them.
  public func overhead(of targets: Targets) -> Interval? {
    guard let costs else { return nil }
    if costs.groups.allSatisfy({ share(of: targets, in: $0.group) == 1 }) { return costs.all }
    var (sum, variance, parts) = (0.0, 0.0, 0.0)
    for cost in costs.groups {
      let share = share(of: targets, in: cost.group)
      sum += share * cost.overheadPercent.estimate
      variance += share * share * cost.overheadPercent.halfWidth * cost.overheadPercent.halfWidth
      parts += share
    }
    if let missed = additivityError, parts > 1 {
      let part = missed * (parts - 1) / Double(max(1, costs.groups.count - 1))
      variance += part * part
    }
    let half = variance.squareRoot()
    return Interval(estimate: sum, low: sum - half, high: sum + half)
  }

  /// What was measured of all groups together less their sum, in percentage points; nil where TPOT was not measured.
  public var additivityError: Double? {
    costs.map { costs in costs.all.estimate - costs.groups.reduce(0) { $0 + $1.overheadPercent.estimate } }
  }

  /// The part of a group's adapter parameters that targets have, 0 to 1.
  private func share(of targets: Targets, in group: TargetGroup) -> Double {
    func parameters(_ targets: Targets) -> Int {
      linears.adapterParameters(
        targets.present(in: linears).filter { !$0.isVision && $0.module.group == group }, useDoRA: false
      ) { _ in 1 }
    }
    let whole = parameters(group.set)
    return whole > 0 ? Double(parameters(targets)) / Double(whole) : 0
  }
}
