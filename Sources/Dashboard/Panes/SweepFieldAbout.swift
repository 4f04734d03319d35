/// What the options of a sweep are for, in the status row's words.
extension SweepView.Field {
  package var about: String {
    switch self {
    case .preset: "which combinations take part: all, the article's nine, or those chosen in 1 Combinations"
    case .strategy: "train every combination to its end, or find the best of them in a race"
    case .seeds: "each combination is trained once for each seed: two or more show how much is chance"
    case .match: "one rank for all, or ranks that give each combination about as many parameters"
    case .order: "which runs come first: those with the fewest parameters, or in the combinations' order"
    case .reuse: "whether finished runs with the same settings count as done"
    case .evaluation: "how many prompts each run is scored on"
    case .latency: "percent over the base's TPOT that the combination a search names may cost; empty for any"
    case .fleet: "go by the TPOT of a batch of so many adapters over one without; empty for one sequence"
    case .minutes: "machine time of a search on each data set: the best answer by then ends it; empty for no limit"
    case .jobs: "how many runs are trained at once, each with its share of the threads"
    }
  }
}
