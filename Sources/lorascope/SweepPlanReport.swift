import Messages

/// `sweep --dry-run --json`: what would be run, and how long it would take.
struct SweepPlanReport: Encodable {
  struct Cell: Encodable {
    var data: String
    var targets: String
    var rank: Int
    var adapterParameters: Int
    var have: Int
    var wanted: Int
    var estimatedSeconds: Double?
  }

  struct Way: Encodable {
    var data: String
    var jobs: Int
    var tokensPerSecondInTurn: Double?
    var tokensPerSecondAtOnce: Double?
    var atOnce: Int?
  }

  var runsToDo: Int
  var runsBegun: Int
  var estimatedSeconds: Double?
  var cells: [Cell]
  var ways: [Way]

  init(_ plan: SweepPlan, _ estimate: SweepEstimate) {
    runsToDo = estimate.runsToDo
    runsBegun = estimate.runsBegun
    estimatedSeconds = estimate.secondsTotal
    cells = estimate.items.map {
      Cell(
        data: $0.data.displayName, targets: $0.targets.label, rank: $0.rank, adapterParameters: $0.parameters,
        have: $0.have, wanted: $0.wanted, estimatedSeconds: $0.secondsPerRun)
    }
    ways = estimate.ways.map {
      Way(
        data: $0.data.displayName, jobs: $0.jobs, tokensPerSecondInTurn: $0.tokensPerSecondInTurn,
        tokensPerSecondAtOnce: $0.tokensPerSecondAtOnce, atOnce: $0.atOnce)
    }
  }
}
