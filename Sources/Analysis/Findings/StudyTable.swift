import Messages
import Recipe
import Synchronization

/// A study's results in one shape, whoever measured them: what draws conclusions from a person's runs draws them from
/// the published table too.
public struct StudyTable: Sendable {
  public typealias Origin = StudyOrigin

  public var origin: Origin
  public var baseModel: String
  public var datasets: [StudyDataset]
  /// What each combination costs at decoding, one unit for all; only what was measured is here.
  public var costs: [Targets: StudyCost]
  let memo = StudyMemo()

  public init(origin: Origin, baseModel: String, datasets: [StudyDataset], costs: [Targets: StudyCost]) {
    self.origin = origin
    self.baseModel = baseModel
    self.datasets = datasets
    self.costs = costs
  }

  /// The difference of two results on the same data sets; each is computed once for all questions to this table.
  func difference(_ pairs: [(first: StudyCell, second: StudyCell)]) -> StudyDifference? { memo.difference(pairs) }

  /// Every combination that was run on some data set, in the order of the hex digit, other sets last.
  public var combinations: [Targets] {
    var seen: Set<Targets> = []
    return datasets.flatMap(\.cells).map(\.targets).filter { seen.insert($0).inserted }
      .sorted(by: Targets.precedes)
  }
}

/// One data set of a study.
public struct StudyDataset: Sendable {
  public enum Modality: String, Codable, Sendable { case text, image }

  public var name: String
  /// The article's name of the data set that this is or stands in for; nil for a person's own.
  public var original: String?
  public var modality: Modality
  /// The training data holds reasoning traces.
  public var reasoning: Bool
  public var metric: String
  public var evaluationExamples: Int
  /// The base alone; nil where it was not scored.
  public var base: StudyCell?
  /// What was run; a combination that is missing was not.
  public var cells: [StudyCell]

  public init(
    name: String, modality: Modality, reasoning: Bool, metric: String, evaluationExamples: Int, base: StudyCell?,
    cells: [StudyCell]
  ) {
    self.name = name
    self.modality = modality
    self.reasoning = reasoning
    self.metric = metric
    self.evaluationExamples = evaluationExamples
    self.base = base
    self.cells = cells
  }

  public func cell(_ targets: Targets) -> StudyCell? { cells.first { $0.targets == targets } }

  /// Decides which examples its resamples draw: another number for each name, the same in every process.
  var drawSeed: UInt64 { name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }

  /// The best combination; of equals the first.
  public var best: StudyCell? { cells.max { $0.mean < $1.mean } }

  public var worst: StudyCell? { cells.min { $0.mean < $1.mean } }

  /// Best minus worst combination, points; nil with fewer than two.
  public var spread: Double? {
    guard cells.count > 1, let low = cells.map(\.mean).min(), let high = cells.map(\.mean).max() else { return nil }
    return high - low
  }
}

/// One combination on one data set: the mean over its seeds. Scores are percent.
public struct StudyCell: Sendable {
  /// Empty for the base alone.
  public var targets: Targets
  public var mean: Double
  public var interval: Interval?
  /// One for each seed, in the order of `outcomes`; empty for published results.
  public var runs: [RunID] = []
  public var seeds: [UInt64] = []
  public var outcomes: [[ExampleScoreRecord]] = []
  public var parseFailurePercent: Double?
  public var lenient: Double?
  public var overheadPercent: Interval?
  /// The same of runs that were measured on a busy machine, where there is no other: it is shown, and nothing is drawn from it.
  public var busyOverheadPercent: Interval?
  /// TPOT, milliseconds, mean over the seeds that were measured on a quiet machine.
  public var p50: Double?
  public var p95: Double?
  public var parameters: Int?
  /// Nothing on this data set is both more accurate and faster; and the share of resamples in which that holds.
  public var onFront: Bool?
  public var frontProbability: Double?

  public init(targets: Targets, mean: Double, interval: Interval? = nil) {
    self.targets = targets
    self.mean = mean
    self.interval = interval
  }
}

/// What was resampled already: it takes a while, and several questions to a table ask for the same.
final class StudyMemo: Sendable {
  private struct Cell: Hashable {
    var targets: Targets
    var runs: [RunID]

    init(_ cell: StudyCell) {
      targets = cell.targets
      runs = cell.runs
    }
  }

  private struct Pair: Hashable {
    var first: Cell
    var second: Cell
  }

  private struct Known {
    var differences: [[Pair]: StudyDifference] = [:]
    var replicates: [Cell: [Double]] = [:]
  }

  private let known = Mutex(Known())

  func difference(_ pairs: [(first: StudyCell, second: StudyCell)]) -> StudyDifference? {
    // Results without runs are published ones, for which nothing is resampled.
    guard pairs.allSatisfy({ !$0.first.runs.isEmpty && !$0.second.runs.isEmpty }) else { return StudyDifference(pairs) }
    let key = pairs.map { Pair(first: Cell($0.first), second: Cell($0.second)) }
    if let difference = known.withLock({ $0.differences[key] }) { return difference }
    let difference = StudyDifference(pairs)
    if let difference { known.withLock { $0.differences[key] = difference } }
    return difference
  }

  /// Resampled means of a cell, percent: seeds, then examples.
  ///
  /// - Parameter seed: the data set's: its cells draw the same examples, so that they are compared in pairs, and those of another
  ///   data set others.
  func replicates(_ cell: StudyCell, seed: UInt64) -> [Double]? {
    let key = Cell(cell)
    if let replicates = known.withLock({ $0.replicates[key] }) { return replicates }
    let scores = cell.outcomes.map { $0.map { 100 * $0.score } }
    guard
      let replicates = HierarchicalBootstrap.replicates(scores, resamples: CombinationSummaries.resamples, seed: seed)
    else { return nil }
    known.withLock { $0.replicates[key] = replicates }
    return replicates
  }
}
