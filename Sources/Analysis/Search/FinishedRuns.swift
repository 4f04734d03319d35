import Messages
import Recipe

/// The finished runs of one task on one base: what a search is replayed from, and the truth that it is judged by.
package struct FinishedRuns: Sendable {
  package let base: String
  package let task: String
  package let name: String
  /// Combinations with a known rate, in the order of lists.
  package let combinations: [Targets]
  /// The rate at which each combination is judged: the one with most evaluated seeds, of equal ones the best by the tuning split.
  package let rates: [Targets: Double]
  /// What a probe took; nil where no energy is known.
  package let probeSeconds: Double?
  /// What of the task is there, and what of it counts.
  package let coverage: TaskCoverage
  let tuningGroups: [String?]
  let evaluationGroups: [String?]
  private let rows: [StudyRow.Key: StudyRow]
  /// Of each combination, of all its runs.
  private let overheads: [Targets: Double]
  private let energies: [Targets: Double]
  private let sizes: [Targets: Int]
  private let latencies: [Targets: Double]
  /// Evaluated runs at the combination's own rate by seed, and their mean scores in percent.
  private let judged: [Targets: [UInt64: StudyRow]]
  private let means: [Targets: [UInt64: Double]]
  /// Seeds with which every combination was evaluated at its own rate, ascending.
  package let seeds: [UInt64]

  /// Of each base and task that the table holds, by their names.
  package static func all(_ table: StudyRows) -> [FinishedRuns] {
    struct Place: Hashable {
      var base: String
      var task: String
    }
    // What one task of a base has all others on it are held against: a mean over what happens to be there compares nothing.
    let wanted = Dictionary(grouping: table.rows, by: \.base).mapValues { Set($0.map(\.targets)) }
    return Dictionary(grouping: table.rows) { Place(base: $0.base, task: $0.task) }
      .map { place, rows in
        FinishedRuns(
          base: place.base, task: place.task, rows: rows, table: table, wanted: wanted[place.base] ?? [])
      }
      .sorted { ($0.base, $0.task) < ($1.base, $1.task) }
  }

  init(base: String, task: String, rows all: [StudyRow], table: StudyRows, wanted: Set<Targets>) {
    let about = table.task(task, base: base)
    var coverage = TaskCoverage(
      base: about?.baseName ?? String(base.prefix(12)), task: task, rows: all, wanted: wanted)
    let apart = Set(coverage.partialRates)
    let rows = Self.undisturbed(all.filter { !apart.contains($0.rate) })
    self.base = base
    self.task = task
    name = about?.baseName ?? String(base.prefix(12))
    probeSeconds = about?.probeSeconds
    tuningGroups = about?.tuningGroups?.map { "\($0)" } ?? []
    evaluationGroups = about?.evaluationGroups?.map { "\($0)" } ?? []
    self.rows = Dictionary(rows.map { ($0.key, $0) }) { first, _ in first }
    var rates: [Targets: Double] = [:]
    var overheads: [Targets: Double] = [:]
    var energies: [Targets: Double] = [:]
    for (targets, runs) in Dictionary(grouping: rows, by: \.targets) {
      rates[targets] = Self.knownRate(runs)
      overheads[targets] = Self.mean(runs.sorted { ($0.rate, $0.seed) < ($1.rate, $1.seed) }.compactMap(\.overhead))
      energies[targets] = Self.mean(runs.sorted { ($0.rate, $0.seed) < ($1.rate, $1.seed) }.compactMap(\.energy))
    }
    var judged: [Targets: [UInt64: StudyRow]] = [:]
    for row in rows where rates[row.targets] == row.rate && !row.evaluation.values.isEmpty {
      judged[row.targets, default: [:]][row.seed] = row
    }
    let common = Set(rows.map(\.seed)).filter { seed in rates.keys.allSatisfy { judged[$0]?[seed] != nil } }.sorted()
    sizes = Dictionary(rows.map { ($0.targets, $0.parameters) }) { max($0, $1) }
    latencies = judged.mapValues { runs in
      Self.mean(common.compactMap { runs[$0]?.latencySeconds }.filter { $0 > 0 }) ?? 0
    }
    means = judged.mapValues { $0.mapValues { 100 * (Self.mean($0.evaluation.values) ?? 0) } }
    seeds = common
    let evaluated = judged.values.flatMap(\.keys).reduce(into: [:]) { counts, seed in counts[seed, default: 0] += 1 }
    coverage.note(judged: rates.count, seeds: evaluated)
    self.coverage = coverage
    self.judged = judged
    self.rates = rates
    self.overheads = overheads
    self.energies = energies
    combinations = rates.keys.sorted(by: Targets.precedes)
  }

  /// What other programs took of the machine makes a run's seconds longer and never shorter. Runs of a combination train as many steps,
  /// so that the least of their seconds is what one takes, and by how much another took more its scoring took more, too.
  private static func undisturbed(_ rows: [StudyRow]) -> [StudyRow] {
    let whole = rows.filter { !$0.diverged && $0.trainSeconds > 0 }
    let least = Dictionary(whole.map { ($0.targets, $0.trainSeconds) }) { min($0, $1) }
    return rows.map { row in
      guard !row.diverged, row.trainSeconds > 0, let least = least[row.targets] else { return row }
      var row = row
      let share = least / row.trainSeconds
      row.trainSeconds = least
      row.evaluateSeconds *= share
      for heat in row.heats.indices { row.heats[heat].seconds *= share }
      return row
    }
  }

  private static func knownRate(_ runs: [StudyRow]) -> Double? {
    struct Known {
      var rate: Double
      var seeds: Int
      var score: Double
    }
    let known = Dictionary(grouping: runs.filter { !$0.diverged }, by: \.rate).map { rate, runs in
      let scores = runs.compactMap { $0.heats.last.flatMap { Self.mean($0.outcomes.values) } }.sorted()
      return Known(
        rate: rate, seeds: runs.count { !$0.evaluation.values.isEmpty }, score: Self.mean(scores) ?? -1)
    }
    return known.filter { $0.seeds > 0 }.max { ($0.seeds, $0.score, $1.rate) < ($1.seeds, $1.score, $0.rate) }?.rate
  }

  static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  // MARK: What a search meets

  package func row(_ candidate: SearchCandidate, seed: UInt64) -> StudyRow? {
    rows[
      StudyRow.Key(base: base, task: task, targets: candidate.targets, rate: candidate.learningRate, seed: seed)]
  }

  /// Rates that every combination was run at with this seed, ascending: those that a search may race there.
  package func racedRates(seed: UInt64) -> [Double] {
    let all = Set(rows.values.filter { $0.seed == seed }.map(\.rate))
    return all.filter { rate in
      combinations.allSatisfy { row(SearchCandidate(targets: $0, learningRate: rate), seed: seed) != nil }
    }.sorted()
  }

  /// The combination's run at its own rate, where it was evaluated.
  func evaluated(_ targets: Targets, seed: UInt64) -> StudyRow? { judged[targets]?[seed] }

  package func overhead(_ targets: Targets) -> Double? { overheads[targets] }
  package func energy(_ targets: Targets) -> Double? { energies[targets] }

  func parameters(_ targets: Targets) -> Int { sizes[targets] ?? 0 }

  /// What is known before anything is trained, as `SearchPlan` takes it.
  ///
  /// - Parameter rates: at which each combination races; nil: each at its own.
  package func priors(rates: [Double]?) -> [SearchPrior] {
    combinations.map { targets in
      func exactly(_ value: Double?) -> Interval? { value.map { Interval(estimate: $0, low: $0, high: $0) } }
      return SearchPrior(
        targets: targets, parameters: parameters(targets), overhead: exactly(overhead(targets)),
        energy: exactly(energy(targets)), rates: rates ?? self.rates[targets].map { [$0] })
    }
  }

  /// Of the tuning split.
  package var tuningExamples: Int { rows.values.lazy.compactMap { $0.heats.last?.outcomes.values.count }.max() ?? 0 }

  // MARK: The truth

  /// Mean score on the evaluation split in percent over these seeds, at the combination's own rate.
  func truth(_ targets: Targets, seeds: [UInt64]) -> Double? {
    Self.mean(seeds.compactMap { means[targets]?[$0] })
  }

  /// Whether the combination is the best, or not told from it by a test over seeds and examples at 5 %. It need not be as good: of one seed
  /// the test tells no less than some twenty points.
  func isAsGood(_ targets: Targets, as best: Targets, seeds: [UInt64]) -> Bool {
    guard targets != best else { return true }
    let differences = seeds.compactMap { seed -> [Double]? in
      guard let mine = evaluated(targets, seed: seed), let theirs = evaluated(best, seed: seed) else { return nil }
      return zip(mine.evaluation.values, theirs.evaluation.values).map { 100 * ($0 - $1) }
    }
    guard let difference = SeedsAndExamples(differences, groups: evaluationGroups, isDifference: true) else {
      return false
    }
    return difference.mean >= 0 || difference.pValue >= 0.05
  }

  /// The half-width of the 95 % interval of the best combination's own mean, in points: what the table itself cannot tell.
  func halfWidth(_ targets: Targets, seeds: [UInt64]) -> Double? {
    let rows = seeds.compactMap { evaluated(targets, seed: $0) }.map { $0.evaluation.values.map { 100 * $0 } }
    return SeedsAndExamples(rows, groups: evaluationGroups, isDifference: false)?.interval().halfWidth
  }

  /// Seconds of `seeds` whole runs of every combination at its own rate, with evaluation, and TPOT once each.
  package func exhaustiveSeconds(seeds count: Int) -> Double {
    combinations.reduce(0) { sum, targets in
      let runs = seeds.compactMap { evaluated(targets, seed: $0) }
      let run = Self.mean(runs.map { $0.trainSeconds + $0.evaluateSeconds }) ?? 0
      return sum + Double(count) * run + latencySeconds(targets)
    }
  }

  func latencySeconds(_ targets: Targets) -> Double { latencies[targets] ?? 0 }
}
