import Messages
import Recipe
import Synchronization

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
