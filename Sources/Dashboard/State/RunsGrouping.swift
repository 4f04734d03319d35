import Messages
import Recipe

extension RunsTable {
  /// What runs of one group have in common.
  package enum Grouping: String, CaseIterable, Hashable, Sendable {
    /// A search, or the same base, data set and settings: they differ in modules and seeds.
    case study
    case data, combination, model

    package var title: String {
      switch self {
      case .study: "study"
      case .data: "data set"
      case .combination: "combination"
      case .model: "base model"
      }
    }

    package var about: String {
      switch self {
      case .study: "a search, or the same base, data and settings"
      case .data: "runs on one data set"
      case .combination: "runs that adapt the same modules"
      case .model: "runs of one base model"
      }
    }
  }
}

/// Which group each run is in: it follows from plans alone, which never change.
struct RunGroupNames: Sendable {
  /// For each place in a snapshot's runs the place in `titles`.
  private(set) var groups: [Int] = []
  private(set) var titles: [String] = []

  init(_ grouping: RunsTable.Grouping, _ snapshot: Snapshot, _ differences: SettingsDifferences) {
    var known: [Key: Int] = [:]
    var seen: [String: Int] = [:]
    let hasSeveralModels = Set(snapshot.runs.lazy.map(\.plan.model)).count > 1
    for run in snapshot.runs {
      let key = Key(grouping, run)
      if let group = known[key] {
        groups.append(group)
        continue
      }
      known[key] = titles.count
      groups.append(titles.count)
      let title = Self.title(grouping, run, differences, hasSeveralModels: hasSeveralModels)
      // Files of two folders may have one name: the cursor and the folds go by titles.
      let others = seen[title, default: 0]
      seen[title] = others + 1
      titles.append(others == 0 ? title : "\(title) (\(others + 1))")
    }
  }

  private static func title(
    _ grouping: RunsTable.Grouping, _ run: RunSummary, _ differences: SettingsDifferences, hasSeveralModels: Bool
  ) -> String {
    switch grouping {
    case .data: return run.plan.data.displayName
    case .combination: return run.plan.targets.label
    case .model: return run.plan.model.displayName
    case .study:
      if let search = run.search { return "search \(search), \(run.plan.data.displayName)" }
      if run.plan.isBaseline { return "\(run.plan.data.displayName): \(run.plan.model.displayName) itself" }
      let words = differences.text(run.plan)
      let model = hasSeveralModels && words.isEmpty ? run.plan.model.displayName : ""
      return [run.plan.data.displayName, model, words].filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  /// What two runs of a group share.
  private enum Key: Hashable {
    case search(SearchID, DataReference)
    case plan(RunPlan)
    case data(DataReference)
    case targets(Targets)
    case model(ModelReference)

    init(_ grouping: RunsTable.Grouping, _ run: RunSummary) {
      switch grouping {
      case .data: self = .data(run.plan.data)
      case .combination: self = .targets(run.plan.targets)
      case .model: self = .model(run.plan.model)
      case .study:
        if let search = run.search {
          self = .search(search, run.plan.data)
          return
        }
        var plan = run.plan
        if !plan.isBaseline { plan.targets = .all }
        plan.settings.seed = 0
        plan.settings.output = nil
        // Ranks of a parameter-matched study follow from the modules.
        if plan.settings.parameterBudget != nil { (plan.settings.rank, plan.settings.rankByGroup) = (0, ByGroup()) }
        self = .plan(plan)
      }
    }
  }
}

/// A group in the table, in the order of its best row.
package struct RunGroup: Sendable {
  package var title: String
  /// Places in the snapshot's runs, in the order of the rows.
  var members: [Int]
  package var isFolded: Bool
}

/// What is asked about the groups in view.
package struct RunGroupsRequest: Hashable, Sendable {
  package var groups: [[RunID]]
  /// Changes with every result.
  package var results: Int
}
