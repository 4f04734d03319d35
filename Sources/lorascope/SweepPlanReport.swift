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

    enum CodingKeys: String, CodingKey {
      case data, targets, rank, have, wanted
      case adapterParameters = "adapter_parameters"
      case estimatedSeconds = "estimated_seconds"
    }
  }

  struct Way: Encodable {
    var data: String
    var jobs: Int
    var tokensPerSecondInTurn: Double?
    var tokensPerSecondAtOnce: Double?
    var atOnce: Int?

    enum CodingKeys: String, CodingKey {
      case data, jobs
      case tokensPerSecondInTurn = "tokens_per_second_in_turn"
      case tokensPerSecondAtOnce = "tokens_per_second_at_once"
      case atOnce = "at_once"
    }
  }

  var runsToDo: Int
  var estimatedSeconds: Double?
  var cells: [Cell]
  var ways: [Way]

  enum CodingKeys: String, CodingKey {
    case cells, ways
    case runsToDo = "runs_to_do"
    case estimatedSeconds = "estimated_seconds"
  }

  init(_ plan: SweepPlan, _ estimate: SweepEstimate) {
    runsToDo = estimate.runsToDo
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
