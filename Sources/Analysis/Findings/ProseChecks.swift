import Messages
import Recipe

/// Where the article's prose states a figure: what its own table gives instead.
public struct ProseCheck: Hashable, Codable, Sendable {
  public var prose: String
  public var table: String
  public var agrees: Bool

  /// - Parameter study: the published one.
  public static func all(_ study: PublishedStudy) -> [ProseCheck] {
    let table = study.table
    var checks: [ProseCheck] = []
    let pair: Targets = [.oProj, .fc2]
    func add(_ prose: String, _ text: String, _ agrees: Bool) {
      checks.append(ProseCheck(prose: prose, table: text, agrees: agrees))
    }
    if let hearing = table.datasets.first(where: { $0.name == "CoCoHD" }), let base = hearing.base?.mean,
      let both = hearing.cell(pair)?.mean, let single = hearing.cell(.oProj)?.mean
    {
      add(
        "CoCoHD: o_proj+fc2 is 15 points over the base, o_proj 3",
        "\(Text.signed(both - base)) and \(Text.signed(single - base)) points",
        abs(both - base - 15) < 1 && abs(single - base - 3) < 1)
    }
    let differences = table.datasets.compactMap { dataset -> (name: String, points: Double)? in
      guard let both = dataset.cell(pair)?.mean, let single = dataset.cell(.oProj)?.mean else { return nil }
      return (dataset.name, both - single)
    }
    add(
      "o_proj+fc2 improves on o_proj by 2 to 12 % across benchmarks",
      differences.map { "\($0.name) \(Text.signed($0.points))" }.joined(separator: ", ") + " points",
      differences.allSatisfy { (2...12).contains($0.points) })
    if let single = CombinationMeans.mean(.oProj, table.datasets),
      let both = CombinationMeans.mean(pair, table.datasets)
    {
      add(
        "o_proj is within 2 % of o_proj+fc2 on average",
        "means \(Text.fixed(single)) and \(Text.fixed(both)): \(Text.fixed(both - single)) points, "
          + "\(Text.fixed(100 * (both - single) / both, 1)) % of o_proj+fc2's", both - single < 2)
    }
    if let fast = study.latencyP95[.oProj], let slow = study.latencyP95[pair] {
      add(
        "o_proj has 22.6 % lower latency",
        "TPOT p95 \(Text.fixed(fast, 3)) and \(Text.fixed(slow, 3)) ms: \(Text.fixed(100 * (slow - fast) / slow, 1)) % "
          + "lower than o_proj+fc2, which is \(Text.fixed(100 * (slow - fast) / fast, 1)) % higher than o_proj",
        abs(100 * (slow - fast) / slow - 22.6) < 0.05)
    }
    return checks
  }
}
