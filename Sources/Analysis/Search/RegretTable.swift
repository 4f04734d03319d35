import Messages
import Recipe

/// Choices that are judged alike, and what they lost: a table of the page.
package struct RegretTable: Sendable {
  /// A way of choosing.
  package enum Method: Hashable, Sendable {
    /// With each combination's rate known, as the exhaustive study has it.
    case search
    /// With several rates in the first heat.
    case searchWithRates
    /// The same with what races on the table's other tasks of the base have said.
    case searchShared
    case constant(Targets)
    /// The dearest that fits: by TPOT, or by parameters where no budget needs TPOT.
    case dearest
    /// The mean over all that fit.
    case random
    /// Half of the field leaves at each heat by training loss, the last by score.
    case halving
    /// Most gradient energy of those that fit.
    case probe
    /// One whole run of everything that fits, the best tuning score: the noise floor.
    case fullSeed
  }

  /// One choice: a method on one task of one base at one budget with one seed.
  package struct Choice: Sendable {
    package var base: String
    package var task: String
    package var budget: Double?
    package var seed: UInt64?
    /// Nil for `random`.
    package var pick: SearchCandidate?
    /// Points behind the best mean of those that fit.
    package var shortfall: Double
    /// It is the best or not told from it; for `random` the share.
    package var asGood: Double
    /// Of the exhaustive study's time; nil where that took none.
    package var time: Double?
    /// Seeds of the means that it is judged by.
    package var judges: Int
    /// What a search said.
    package var kind: SearchAnswer.Kind?
  }

  /// Of some choices. Each task counts alike at each budget, however many seeds it has.
  package struct Summary: Sendable {
    package var choices: Int
    /// Tasks behind it, each on its base.
    package var tasks: Int
    /// Seeds of the means that judge: fewest and most over tasks.
    package var seeds: ClosedRange<Int>
    package var mean: Double
    package var worst: Double
    package var asGood: Double
    /// Nil where a choice's is not known.
    package var time: Double?

    init?(_ choices: [Choice]) {
      guard let first = choices.first else { return nil }
      struct Cell: Hashable {
        var base: String
        var task: String
        var budget: Double?
      }
      let cells = Dictionary(grouping: choices) { Cell(base: $0.base, task: $0.task, budget: $0.budget) }
        .sorted {
          ($0.key.base, $0.key.task, $0.key.budget ?? .infinity) < (
            $1.key.base, $1.key.task, $1.key.budget ?? .infinity
          )
        }
        .map(\.value)
      func mean(_ part: (Choice) -> Double) -> Double {
        cells.reduce(0) { sum, cell in sum + cell.reduce(0) { $0 + part($1) } / Double(cell.count) }
          / Double(cells.count)
      }
      self.choices = choices.count
      tasks = Set(cells.map { Cell(base: $0[0].base, task: $0[0].task, budget: nil) }).count
      seeds = choices.reduce(first.judges...first.judges) {
        min($0.lowerBound, $1.judges)...max($0.upperBound, $1.judges)
      }
      self.mean = mean(\.shortfall)
      worst = choices.map(\.shortfall).max() ?? 0
      asGood = mean(\.asGood)
      time = choices.allSatisfy { $0.time != nil } ? mean { $0.time ?? 0 } : nil
    }
  }

  package let use: TaskCoverage.Use
  package private(set) var choices: [Method: [Choice]] = [:]
  /// Half of the 95 % interval of the best combination's own mean, the widest: below it the table itself tells nothing.
  package private(set) var widest = 0.0
  /// Results that replays asked for and the table does not hold.
  package private(set) var missing = 0
  /// How often a search gave each kind of answer.
  package private(set) var kinds: [SearchAnswer.Kind: Int] = [:]
  /// Tasks that were judged so, each on its base, in the order in which they came.
  package private(set) var places: [String] = []
  package private(set) var bases: [String] = []

  init(_ use: TaskCoverage.Use) { self.use = use }

  package var tasks: Int { places.count }
  package var isEmpty: Bool { choices.isEmpty }

  // MARK: Filling

  mutating func begin(_ coverage: TaskCoverage) {
    places.append(coverage.place)
    if !bases.contains(coverage.base) { bases.append(coverage.base) }
  }

  mutating func note(_ method: Method, _ choice: Choice) { choices[method, default: []].append(choice) }

  mutating func note(_ outcome: SearchReplay.Outcome) {
    missing += outcome.missing
    kinds[outcome.answer.kind, default: 0] += 1
  }

  mutating func note(halfWidth: Double) { widest = max(widest, halfWidth) }

  // MARK: Reading

  package func summary(_ method: Method, budget: Double?) -> Summary? {
    Summary((choices[method] ?? []).filter { $0.budget == budget })
  }

  package func summary(_ method: Method) -> Summary? { Summary(choices[method] ?? []) }

  /// Of one base.
  package func summary(_ method: Method, base: String) -> Summary? {
    Summary((choices[method] ?? []).filter { $0.base == base })
  }

  /// Constants that were tried, in the order of lists.
  package var constants: [Targets] {
    choices.keys.compactMap { if case .constant(let targets) = $0 { targets } else { nil } }.sorted(
      by: Targets.precedes)
  }

  /// Budgets at which anything was chosen.
  package var budgets: [Double?] {
    Regret.budgets.filter { budget in choices.values.contains { $0.contains { $0.budget == budget } } }
  }
}
