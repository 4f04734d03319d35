import Messages
import Recipe
import Synchronization

/// A study's results in one shape, whoever measured them: what draws conclusions from a person's runs draws them from
/// the published table too.
package struct StudyTable: Sendable {
  package typealias Origin = StudyOrigin

  package var origin: Origin
  package var baseModel: String
  package var datasets: [StudyDataset]
  /// What each combination costs at decoding, one unit for all; only what was measured is here.
  package var costs: [Targets: StudyCost]
  /// What recommendations go by instead, where they are asked for a fleet.
  package struct Fleet: Sendable {
    /// In the batch.
    package var sequences: Int
    package var costs: [Targets: StudyCost]
  }

  package var fleet: Fleet?
  let memo = StudyMemo()

  package init(origin: Origin, baseModel: String, datasets: [StudyDataset], costs: [Targets: StudyCost]) {
    self.origin = origin
    self.baseModel = baseModel
    self.datasets = datasets
    self.costs = costs
  }

  /// The difference of two results on the same data sets; each is computed once for all questions to this table.
  func difference(_ pairs: [(first: StudyCell, second: StudyCell)]) -> StudyDifference? {
    memo.difference(pairs, in: datasets)
  }

  /// Every combination that was run on some data set, in the order of the hex digit, other sets last.
  package var combinations: [Targets] {
    var seen: Set<Targets> = []
    return datasets.flatMap(\.cells).map(\.targets).filter { seen.insert($0).inserted }
      .sorted(by: Targets.precedes)
  }
}

/// One data set of a study.
package struct StudyDataset: Sendable {
  package enum Modality: String, Codable, Sendable { case text, image }

  package var name: String
  /// The article's name of the data set that this is or stands in for; nil for a person's own.
  package var original: String?
  package var modality: Modality
  /// The training data holds reasoning traces.
  package var reasoning: Bool
  package var metric: String
  package var evaluationExamples: Int
  /// What they are about, where they say so.
  package var groups: ExampleGroups?
  /// The base alone; nil where it was not scored.
  package var base: StudyCell?
  /// What was run; a combination that is missing was not.
  package var cells: [StudyCell]

  package init(
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

  package func cell(_ targets: Targets) -> StudyCell? { cells.first { $0.targets == targets } }

  /// Decides which examples its resamples draw: another number for each name, the same in every process.
  var drawSeed: UInt64 { name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }

  /// The best combination; of equals the first. Where none got anything right, none is.
  package var best: StudyCell? { cells.filter { $0.mean > 0 }.max { $0.mean < $1.mean } }

  package var worst: StudyCell? { cells.min { $0.mean < $1.mean } }

  /// How much a combination's mean varies over seeds here, squared points; nil where too few have several seeds.
  var seedSpread: SeedSpread? { SeedSpread(means: cells.map(\.seedMeans)) }

  /// The same of the differences to one of the cells, or to the base, which has no seeds.
  func seedSpread(against second: StudyCell) -> SeedSpread? {
    if second.seeds.isEmpty { return seedSpread }
    let means = Dictionary(zip(second.seeds, second.seedMeans)) { first, _ in first }
    return SeedSpread(
      means: cells.filter { $0.runs != second.runs }.map { cell in
        zip(cell.seeds, cell.seedMeans).compactMap { seed, mean in means[seed].map { mean - $0 } }
      })
  }

  /// Best minus worst combination, points; nil with fewer than two.
  package var spread: Double? {
    guard cells.count > 1, let low = cells.map(\.mean).min(), let high = cells.map(\.mean).max() else { return nil }
    return high - low
  }
}

/// One combination on one data set: the mean over its seeds. Scores are percent.
package struct StudyCell: Sendable {
  /// Empty for the base alone.
  package var targets: Targets
  package var mean: Double
  package var interval: Interval?
  /// One for each seed, in the order of `outcomes`; empty for published results.
  package var runs: [RunID] = []
  package var seeds: [UInt64] = []
  package var outcomes: [[ExampleScoreRecord]] = []
  package var parseFailurePercent: Double?
  package var lenient: Double?
  package var overheadPercent: Interval?
  /// The same of runs that were measured on a busy machine, where there is no other: it is shown, and nothing is drawn from it.
  package var busyOverheadPercent: Interval?
  /// TPOT, milliseconds, mean over the seeds that were measured on a quiet machine.
  package var p50: Double?
  package var p95: Double?
  package var parameters: Int?
  /// Nothing on this data set is both more accurate and faster; and the share of resamples in which that holds.
  package var onFront: Bool?
  package var frontProbability: Double?
  /// Of the base alone: what it scores where it need not know the answers' form.
  package var formatFree: FormatFreeScores?

  /// Of each seed, percent.
  var seedMeans: [Double] {
    outcomes.map { outcomes in 100 * outcomes.reduce(0) { $0 + $1.score } / Double(max(1, outcomes.count)) }
  }

  package init(targets: Targets, mean: Double, interval: Interval? = nil) {
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
    var spreads: [Cell: SeedSpread?] = [:]
  }

  private let known = Mutex(Known())

  func difference(
    _ pairs: [(first: StudyCell, second: StudyCell)], in datasets: [StudyDataset]
  ) -> StudyDifference? {
    // Results without runs are published ones, for which nothing is resampled.
    guard pairs.allSatisfy({ !$0.first.runs.isEmpty && !$0.second.runs.isEmpty }) else { return StudyDifference(pairs) }
    let key = pairs.map { Pair(first: Cell($0.first), second: Cell($0.second)) }
    if let difference = known.withLock({ $0.differences[key] }) { return difference }
    let difference = StudyDifference(pairs, spreads: pairs.map { spread($0.first, against: $0.second, in: datasets) })
    if let difference { known.withLock { $0.differences[key] = difference } }
    return difference
  }

  /// What the data set of two results says of how much their difference varies over seeds.
  private func spread(
    _ first: StudyCell, against second: StudyCell, in datasets: [StudyDataset]
  ) -> SeedSpread? {
    guard first.seeds.count > 1 else { return nil }
    let key = Cell(second)
    if let spread = known.withLock({ $0.spreads[key] }) { return spread }
    let spread = datasets.first { $0.cells.contains { $0.runs == first.runs } }?.seedSpread(against: second)
    known.withLock { $0.spreads[key] = .some(spread) }
    return spread
  }

  /// Resampled means of a cell, percent: over seeds and what examples are about. The cells of a data set draw the same examples, so that
  /// they are compared in pairs, and those of another data set others.
  func replicates(_ cell: StudyCell, in dataset: StudyDataset) -> [Double]? {
    let key = Cell(cell)
    if let replicates = known.withLock({ $0.replicates[key] }) { return replicates }
    let scores = cell.outcomes.map { $0.map { 100 * $0.score } }
    guard
      let replicates = HierarchicalBootstrap.replicates(
        scores, cell.outcomes.first.flatMap { ExampleGrouping($0.map(\.group)) }, in: 0...100,
        spread: dataset.seedSpread, resamples: CombinationSummaries.resamples, seed: dataset.drawSeed,
        own: UInt64(bitPattern: cell.runs.first ?? 0))
    else { return nil }
    known.withLock { $0.replicates[key] = replicates }
    return replicates
  }
}
