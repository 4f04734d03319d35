import Messages
import Terminal

/// What a reply is about: a reply to a question that is no longer of interest is dropped.
package enum Question: Hashable, Sendable {
  case compare(CompareView.Request)
  case examples(RunID)
  case log
  case browse(FolderListing.Purpose, folder: String?)
  case examplesOfData(DataExamples.Request)
  case trash
  case estimate(SweepPlan)
  case sweepEstimate(SweepPlan)
  case advice(AdviseView.Request)
  case published
  case combinations(CombinationsView.Request)

  package var query: Query {
    switch self {
    case .compare(let request): .compare(request.runs, baseline: request.baseline)
    case .examples(let run): .examples(run)
    case .log: .log(limit: 1000)
    case .browse(let purpose, let folder): .browse(purpose, folder: folder)
    case .examplesOfData(let request): .examplesOfData(request)
    case .trash: .trash
    case .estimate(let plan), .sweepEstimate(let plan): .estimate(plan)
    case .advice(let request): .advice(request.study)
    case .published: .published
    case .combinations(let request): .combinations(like: request.like)
    }
  }
}
