import Messages
import Recipe

/// What of one task's grid a table holds: combinations × rates with the seed that races, then further seeds at each combination's own
/// rate. It says what the task may speak for.
package struct TaskCoverage: Hashable, Sendable {
  /// How a choice can be judged on the task.
  package enum Use: String, Hashable, Sendable {
    /// Not at all.
    case nothing
    /// By the evaluation split of the very runs whose tuning split it saw: the luck of a run counts for the choice.
    case sameSeed
    /// By runs with other seeds.
    case otherSeeds
  }

  /// So many of the combinations at a rate, or with a seed.
  package struct Part<Value: Hashable & Sendable>: Hashable, Sendable {
    package let value: Value
    package let combinations: Int
  }

  package let base: String
  package let task: String
  /// Those that any task of the table has on this base: what is compared must be there for all.
  package let wanted: Int
  /// Of them, those with a run here.
  package let combinations: Int
  /// The one that most runs have.
  package let racingSeed: UInt64
  /// Rates that combinations were run at with the racing seed, ascending.
  package let rates: [Part<Double>]
  /// Combinations that have a rate of their own, and seeds with which they were evaluated at it, ascending.
  package private(set) var judged = 0
  package private(set) var seeds: [Part<UInt64>] = []

  init(base: String, task: String, rows: [StudyRow], wanted: Set<Targets>) {
    self.base = base
    self.task = task
    self.wanted = wanted.count
    combinations = Set(rows.map(\.targets)).intersection(wanted).count
    let bySeed = Dictionary(grouping: rows, by: \.seed)
    let racing = bySeed.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key ?? 0
    racingSeed = racing
    rates = Dictionary(grouping: bySeed[racing] ?? [], by: \.rate)
      .map { Part(value: $0.key, combinations: Set($0.value.map(\.targets)).count) }.sorted { $0.value < $1.value }
  }

  mutating func note(judged: Int, seeds: [UInt64: Int]) {
    self.judged = judged
    self.seeds = seeds.map { Part(value: $0.key, combinations: $0.value) }.sorted { $0.value < $1.value }
  }

  /// Whether every combination is there.
  package var isWhole: Bool { combinations == wanted }

  /// Rates that not all combinations were run at, while there is one that all were: a best of three rates beside a best of two would
  /// compare how many were tried.
  package var partialRates: [Double] {
    rates.contains { $0.combinations == wanted } ? rates.filter { $0.combinations < wanted }.map(\.value) : []
  }

  package var wholeRates: [Double] { rates.filter { $0.combinations == wanted }.map(\.value) }
  package var wholeSeeds: [UInt64] { seeds.filter { $0.combinations == judged }.map(\.value) }

  package var use: Use {
    guard isWhole, judged > 1 else { return .nothing }
    return wholeSeeds.count > 1 ? .otherSeeds : wholeSeeds.isEmpty ? .nothing : .sameSeed
  }

  // MARK: Words

  package var place: String { "\(OneLine.name(task)) on \(OneLine.name(base))" }

  /// `15`, or `8 of 15`
  package var combinationWords: String { isWhole ? "\(wanted)" : "\(combinations) of \(wanted)" }

  /// `0.003, 0.006 (8 of 15)`
  package var rateWords: String {
    if !rates.isEmpty, wholeRates.isEmpty, isWhole { return "each its own" }
    return Self.words(rates, of: wanted)
  }

  package var seedWords: String { seeds.isEmpty ? "none" : Self.words(seeds, of: judged) }

  package var useWords: String {
    switch use {
    case .nothing: "nothing yet"
    case .sameSeed: "figures of one seed"
    case .otherSeeds: "figures of other seeds"
    }
  }

  private static func words<Value>(_ parts: [Part<Value>], of all: Int) -> String {
    parts.map { $0.combinations == all ? "\($0.value)" : "\($0.value) (\($0.combinations) of \(all))" }
      .joined(separator: ", ")
  }
}
