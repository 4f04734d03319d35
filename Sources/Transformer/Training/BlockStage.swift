import Recipe

/// The parts of a block in the order in which a backward pass meets them last.
enum BlockStage: Int, Comparable {
  case qkv
  case oProj
  case gateUp
  case down

  static func < (left: BlockStage, right: BlockStage) -> Bool { left.rawValue < right.rawValue }

  init(_ module: LinearModule) {
    switch module {
    case .qProj, .kProj, .vProj, .qkvProj: self = .qkv
    case .oProj: self = .oProj
    case .gateProj, .upProj, .gateUpProj: self = .gateUp
    case .downProj: self = .down
    }
  }
}
