import Messages
import Recipe

/// The search's parameters fixed on all tasks but one and judged on that one, for each task in turn: what figures that were chosen on
/// the tasks that they are reported of would flatter.
package struct FixedElsewhere: Sendable {
  /// Parameters of the race that a plan leaves to the program.
  package struct Setting: Hashable, Sendable {
    package var heats: [Double]
    package var shortlist: Int
    package var places: [Int]

    func apply(to plan: inout SearchPlan) {
      plan.heats = heats
      plan.shortlist = shortlist
      plan.places = places
    }

    /// `heats at 30, 60 and 100 %, 6 enter, 4 and 2 stay`
    var words: String {
      "heats at \(Text.list(heats.map { Text.number((100 * $0).rounded()) })) %, \(shortlist) enter, "
        + "\(Text.list(places.map(String.init))) stay"
    }
  }

  /// All are tried: heats that tables are scored at, from a narrow race to one of all fifteen.
  static let tried: [Setting] = [[0.3, 0.6, 1], [0.3, 1]].flatMap { heats in
    [SearchPlan.usualShortlist, 4, 15].flatMap { shortlist in
      [[4, 2], [3, 2], [6, 3]].map { places in
        Setting(heats: heats, shortlist: shortlist, places: heats.count > 2 ? places : [places[1]])
      }
    }
  }.reduce(into: []) { known, setting in if !known.contains(setting) { known.append(setting) } }

  package struct Row: Sendable {
    package var task: String
    /// Fixed on the other tasks.
    package var setting: Setting
    package var elsewhere: RegretTable.Summary
    package var here: RegretTable.Summary
  }

  package let use: TaskCoverage.Use
  package private(set) var rows: [Row] = []
  /// Of the tasks that were left out, each under what the others fixed; nil where there are fewer than two tasks.
  package private(set) var summary: RegretTable.Summary?
  /// The same choices under the parameters that ship.
  package private(set) var shipped: RegretTable.Summary?

  /// - Parameter runs: of tasks that are judged alike those are taken that most tasks are, those with several seeds first.
  package init(_ runs: [FinishedRuns]) {
    func names(_ use: TaskCoverage.Use) -> Set<String> { Set(runs.filter { $0.coverage.use == use }.map(\.task)) }
    let use: TaskCoverage.Use = names(.otherSeeds).count > 1 ? .otherSeeds : .sameSeed
    self.use = use
    let tasks = names(use).sorted()
    guard tasks.count > 1 else { return }
    let runs = runs.filter { $0.coverage.use == use }
    var choices: [Setting: [String: [RegretTable.Choice]]] = [:]
    for setting in Self.tried {
      for run in runs { choices[setting, default: [:]][run.task, default: []] += Self.choices(run, setting) }
    }
    func summary(_ setting: Setting, _ keep: (String) -> Bool) -> RegretTable.Summary? {
      RegretTable.Summary(tasks.filter(keep).flatMap { choices[setting]?[$0] ?? [] })
    }
    var all: [RegretTable.Choice] = []
    for task in tasks {
      let candidates = Self.tried.compactMap { setting in summary(setting) { $0 != task }.map { (setting, $0) } }
      guard let best = candidates.min(by: { Self.isBetter($0.1, than: $1.1) }), let own = choices[best.0]?[task],
        let here = RegretTable.Summary(own)
      else { continue }
      rows.append(Row(task: task, setting: best.0, elsewhere: best.1, here: here))
      all += own
    }
    self.summary = RegretTable.Summary(all)
    shipped = Self.tried.first.flatMap { first in summary(first) { task in rows.contains { $0.task == task } } }
  }

  /// Of those that lose no more than is aimed at the one that takes least time; else the one that loses least.
  static func isBetter(_ left: RegretTable.Summary, than right: RegretTable.Summary) -> Bool {
    let goal = RegretPage.goal.mean
    if (left.mean <= goal) != (right.mean <= goal) { return left.mean <= goal }
    let times = (left.time ?? .infinity, right.time ?? .infinity)
    if left.mean <= goal { return (times.0, left.mean) < (times.1, right.mean) }
    return (left.mean, times.0) < (right.mean, times.1)
  }

  /// Searches that race rates where the table has several, at every budget and with every seed.
  private static func choices(_ runs: FinishedRuns, _ setting: Setting) -> [RegretTable.Choice] {
    Regret.trials(runs).flatMap { trial -> [RegretTable.Choice] in
      return runs.seeds.compactMap { seed in
        let rates = runs.racedRates(seed: seed)
        switch trial.search(seed, rates: rates.count > 1 ? rates : nil, setting.apply) {
        case .success((_, let choice)): return choice
        case .failure: return nil
        }
      }
    }
  }
}
