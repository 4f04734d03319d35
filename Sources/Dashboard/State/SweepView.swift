import Messages
import Recipe

/// What the Sweep screen shows: which combinations and how.
package struct SweepView: Sendable, Equatable {
  package enum Preset: String, CaseIterable, Sendable {
    case all, article, custom

    package var title: String {
      switch self {
      case .all: "all 15"
      case .article: "article 9"
      case .custom: "custom"
      }
    }
  }

  package enum Sort: String, CaseIterable, Sendable { case parameters, digit }

  package enum Field: String, CaseIterable, Sendable {
    case preset, seeds, match, order, reuse, evaluation, jobs

    package var label: String {
      switch self {
      case .preset: "preset"
      case .seeds: "seeds"
      case .match: "match"
      case .order: "order"
      case .reuse: "reuse"
      case .evaluation: "eval"
      case .jobs: "at once"
      }
    }
  }

  package var included: Set<Targets> = Set(Targets.fifteen)
  package var sort = Sort.parameters
  package var selected: Targets = Targets.fifteen[1]
  package var reuseFinished = true
  package var cheapestFirst = true
  package var field = Field.preset
  /// The data sets of the study; nil follows the chosen one.
  package var data: [DataReference]?
  /// Cursor of the list of data sets.
  package var dataRow = 0
  /// Adapter parameters that each combination is to have, about; nil: all have the same rank.
  package var parameterBudget: Int?
  /// Evaluation examples of every data set; nil leaves it to each.
  package var evaluationExamples: Int?

  package init() {}

  package var preset: Preset {
    if included == Set(Targets.fifteen) { return .all }
    if included == Set(Targets.articleNine) { return .article }
    return .custom
  }
}
