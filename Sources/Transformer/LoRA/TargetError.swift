/// Why a list of target modules was refused, in one line that says what would match.
public enum TargetError: Error, Equatable, CustomStringConvertible {
  case unknown(name: String, candidates: [String])
  case empty(candidates: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let candidates):
      "unknown target module \"\(name)\"; what would match: \(candidates.joined(separator: ", "))"
    case .empty(let candidates):
      "no target module given; what would match: \(candidates.joined(separator: ", "))"
    }
  }

  /// `EX_USAGE`.
  public var exitStatus: Int32 { 64 }
}
