import Messages
import Recipe
import Terminal

/// What a reply is about: a reply to a question that is no longer of interest is dropped.
package enum Question: Hashable, Sendable {
  case compare(CompareView.Request)
  case examples(RunView.Request)
  case log(newest: Double)
  case browse(FolderListing.Purpose, folder: String?)
  case examplesOfData(DataPreview.Request)
  case trash
  case estimate(EstimateRequest)
  case sweepEstimate(EstimateRequest)
  case advice(AdviseView.Request)
  case published
  case combinations(CombinationsRequest)

  package var query: Query {
    switch self {
    case .compare(let request): .compare(request.runs, baseline: request.baseline)
    case .examples(let request): .examples(request.run)
    case .log: .log(limit: 1000)
    case .browse(let purpose, let folder): .browse(purpose, folder: folder)
    case .examplesOfData(let request): .examplesOfData(request)
    case .trash: .trash
    case .estimate(let request), .sweepEstimate(let request): .estimate(request.plan)
    case .advice(let request): .advice(request.study)
    case .published: .published
    case .combinations(let request): .combinations(like: request.like)
    }
  }
}
