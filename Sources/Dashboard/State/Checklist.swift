import Messages
import Recipe

/// The module checklist's rows: four groups, each of which unfolds into its single projections, and the vision tower where the
/// model has one.
package struct Checklist: Sendable, Equatable {
  package enum Row: Hashable, Sendable {
    case group(TargetGroup)
    case module(LinearModule)
    case vision

    package var set: Targets {
      switch self {
      case .group(let group): group.set
      case .module(let module): Targets(modules: [module])
      case .vision: .vision
      }
    }
  }

  package var unfolded: Set<TargetGroup> = []
  package var cursor = Row.group(.qkv)
  /// The model has a vision tower.
  package var hasVision = false

  package init() {}

  package var rows: [Row] {
    let decoder = TargetGroup.allCases.flatMap { group -> [Row] in
      guard unfolded.contains(group) else { return [.group(group)] }
      return [.group(group)] + group.modules.map { .module($0) }
    }
    return hasVision ? decoder + [.vision] : decoder
  }

  package var index: Int { rows.firstIndex(of: cursor) ?? 0 }

  /// nil: the row unfolds into nothing.
  package func group(of row: Row) -> TargetGroup? {
    switch row {
    case .group(let group): group
    case .module(let module): TargetGroup.allCases.first { $0.modules.contains(module) }
    case .vision: nil
    }
  }

  package mutating func unfold() { if let group = group(of: cursor) { unfolded.insert(group) } }

  package mutating func fold() {
    guard let group = group(of: cursor) else { return }
    unfolded.remove(group)
    cursor = .group(group)
  }
}
