import Messages
import Recipe
import Terminal

/// The sets that the Parameters pane lists: the fifteen combinations by size, and the checked set if it is none of them.
package enum ParameterBars {
  package static func sets(_ state: DashboardState) -> [Targets] {
    var sets = Targets.fifteen
    let checked = state.setup.targets
    if !checked.isEmpty && !sets.contains(checked) { sets.append(checked) }
    return sets.sorted { (state.adapterParameters($0) ?? 0) > (state.adapterParameters($1) ?? 0) }
  }
}
