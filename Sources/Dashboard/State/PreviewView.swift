import Messages
import Recipe

/// The first examples of a data set as the model will see them: an overlay.
package struct PreviewView: Sendable, Equatable {
  /// Shares of a file that may be held out for evaluation.
  package static let shares = [0, 0.05, 0.1, 0.2, 0.3, 0.5]

  package var request: DataPreview.Request
  /// Enter makes it the setup's data; otherwise it is so already.
  package var isCandidate: Bool
  package var answer: Asked<DataPreview.Request, DataPreview>
  package var sample = 0
  package var top = 0
  /// A thin line between two tokens.
  package var showsTokens = false

  package init(_ request: DataPreview.Request, isCandidate: Bool) {
    self.request = request
    self.isCandidate = isCandidate
    answer = Asked(request)
  }

  package var examples: DataPreview? { answer.value }

  /// The share that is held out; nil where the data brings its own evaluation.
  package var share: Double? {
    guard case .file(_, let evaluation) = request.data else { return nil }
    switch evaluation {
    case .none: return 0
    case .share(let share): return share
    case .file: return nil
    }
  }

  /// The same file with the next larger or smaller share held out; nil where there is none.
  package func withShare(_ step: Int) -> DataReference? {
    guard let share, case .file(let path, _) = request.data else { return nil }
    let next = step > 0 ? Self.shares.first { $0 > share + 1e-9 } : Self.shares.last { $0 < share - 1e-9 }
    return next.map { .file(path: path, evaluation: $0 > 0 ? .share($0) : .none) }
  }
}
