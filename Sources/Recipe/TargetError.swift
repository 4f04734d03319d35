/// Why a list of target modules was refused, in one line that says what would match.
public enum TargetError: ExitStatusError, Equatable {
  case unknown(name: String, candidates: [String])
  case empty(candidates: [String])
  case layers(target: String, reason: LayerSelectionError)
  case noSuchLayer(target: String, problem: String)
  /// The module exists only as a part of a fused one.
  case fused(name: String, into: String, needed: [String])
  case absent(name: String, candidates: [String])

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
    case .fused(let name, let whole, let needed):
      return
        "target module \(name) is a part of this model's \(whole); name \(needed.joined(separator: ", ")) together, "
        + "in the same layers"
    case .absent(let name, let candidates):
      return "this model has no target module \(name); what would match: \(candidates.joined(separator: ", "))"
    }
  }

  /// `EX_USAGE`.
  public var exitStatus: Int32 { 64 }
}
