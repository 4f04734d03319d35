import Messages

/// The module checklist's rows: four groups, each of which unfolds into its single projections.
package struct Checklist: Sendable, Equatable {
  package enum Row: Hashable, Sendable {
    case group(TargetGroupName)
    /// Index into `TargetSet.modules`.
    case module(Int)

    package var set: TargetSet {
      switch self {
      case .group(let group): group.set
      case .module(let index): TargetSet.modules[index].set
      }
    }
  }

  package var unfolded: Set<TargetGroupName> = []
  package var cursor = Row.group(.qkv)

  package init() {}

  package var rows: [Row] {
    TargetGroupName.allCases.flatMap { group -> [Row] in
      guard unfolded.contains(group) else { return [.group(group)] }
      return [.group(group)]
        + TargetSet.modules.indices.filter { group.set.contains(TargetSet.modules[$0].set) }
        .map { .module($0) }
    }
  }

  package var index: Int { rows.firstIndex(of: cursor) ?? 0 }

  package func group(of row: Row) -> TargetGroupName {
    switch row {
    case .group(let group): group
    case .module(let index):
      TargetGroupName.allCases.first { $0.set.contains(TargetSet.modules[index].set) } ?? .qkv
    }
  }

  package mutating func unfold() { unfolded.insert(group(of: cursor)) }

  package mutating func fold() {
    let group = group(of: cursor)
    unfolded.remove(group)
    cursor = .group(group)
  }
}
