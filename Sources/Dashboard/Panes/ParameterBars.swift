import Messages
import Terminal

/// The sets that the Parameters pane lists: the fifteen combinations by size, and the checked set if it is none of them.
package enum ParameterBars {
  package static func sets(_ state: DashboardState) -> [TargetSet] {
    var sets = TargetSet.fifteen
    let checked = state.setup.targets
    if !checked.isEmpty && !sets.contains(checked) { sets.append(checked) }
    guard let model = state.snapshot.model else { return sets }
    let rank = state.setup.settings.rank
    return sets.sorted { model.adapterParameters($0, rank: rank) > model.adapterParameters($1, rank: rank) }
  }
}
