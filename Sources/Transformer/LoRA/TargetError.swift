/// Why a list of target modules was refused, in one line that says what would match.
public enum TargetError: Error, Equatable, CustomStringConvertible {
  case unknown(name: String, candidates: [String])
  case empty(candidates: [String])
  case layers(target: String, reason: LayerSelectionError)
  case noSuchLayer(target: String, problem: String)

  public var description: String {
    switch self {
    case .unknown(let name, let candidates):
      let near = SpellingDistance.nearest(to: name, among: candidates)
      let advice = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
      return "unknown target module \"\(name)\"; \(advice)what would match: \(candidates.joined(separator: ", "))"
    case .empty(let candidates):
      return "no target module given; what would match: \(candidates.joined(separator: ", "))"
    case .layers(let target, let reason): return "target \(target): \(reason)"
    case .noSuchLayer(let target, let problem): return "target \(target): \(problem)"
    }
  }

  /// `EX_USAGE`.
  public var exitStatus: Int32 { 64 }
}
