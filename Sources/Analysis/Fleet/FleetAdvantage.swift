import Foundation
import Messages
import Recipe

/// By how much a batch of o_proj adapters is faster than one of o_proj+fc2, at each number that was measured: what the article says of one sequence's
/// p95, looked for in fleets.
package struct FleetAdvantage: Hashable, Sendable {
  package enum Verdict: Hashable, Sendable { case reached, cannotTell, notReached }

  package var sequences: Int
  /// TPOT p95 in milliseconds.
  package var alone: Double
  package var both: Double
  /// By how much the p95 is lower, each over its own batch without adapters, percent.
  package var p95: Double
  /// The same of the overheads, which are of medians and have intervals, percent with its 95 % interval.
  package var overhead: Interval
  package var machine: String
  package var type: AdapterType

  static let pair: Targets = [.oProj, .fc2]

  /// Against an advantage in percent.
  package func verdict(_ wanted: Double) -> Verdict {
    if overhead.low >= wanted { return .reached }
    return overhead.high < wanted ? .notReached : .cannotTell
  }

  /// Those of one machine and type where both were measured on a quiet machine at the same rank, by number; nothing is predicted.
  package static func all(_ measurements: [FleetMeasurement]) -> [FleetAdvantage] {
    let quiet = measurements.filter {
      $0.key.mix == .distinct && !$0.key.useDoRA && !$0.latency.isBusy
    }.sorted { $0.time < $1.time }
    // Ranks are not kept: they are equal where the parameters of both are the sum of each.
    let ofFC2 = Set(measurements.filter { $0.key.targets == .fc2 && !$0.key.useDoRA }.map(\.key.parameters))
    var newest: [Place: FleetAdvantage] = [:]
    for both in quiet where both.key.targets == pair {
      let place = Place(both)
      guard
        let alone = quiet.last(where: {
          $0.key.targets == .oProj && Place($0) == place && ofFC2.contains(both.key.parameters - $0.key.parameters)
        }), let one = FleetAdvantage(alone, both)
      else { continue }
      newest[place] = one
    }
    return newest.values.sorted { a, b in
      if a.machine != b.machine { return a.machine < b.machine }
      if a.type != b.type { return a.type.rawValue > b.type.rawValue }
      return a.sequences < b.sequences
    }
  }

  private struct Place: Hashable {
    var sequences: Int
    var machine: String
    var threads: Int
    var type: AdapterType

    init(_ one: FleetMeasurement) {
      (sequences, machine, threads, type) = (
        one.key.sequences, one.key.machine, one.key.threads, one.key.type
      )
    }
  }

  private init?(_ alone: FleetMeasurement, _ both: FleetMeasurement) {
    let (a, b) = (alone.latency, both.latency)
    guard a.p95 > 0, b.p95 > 0, a.baseP95 > 0, b.baseP95 > 0 else { return nil }
    func ratio(_ percent: Double) -> Double { 1 + percent / 100 }
    let ends = [a.overheadPercent, b.overheadPercent].map { (ratio($0.low), ratio($0.high)) }
    guard ends.allSatisfy({ $0.0 > 0 && $0.1 > 0 }), ratio(b.overheadPercent.estimate) > 0 else { return nil }
    sequences = a.sequences
    (self.alone, self.both) = (a.p95, b.p95)
    machine = alone.key.machine
    type = a.type
    // Two sittings have two states of the machine: each is set against its own batch without.
    p95 = 100 * (1 - (a.p95 / a.baseP95) / (b.p95 / b.baseP95))
    let middle = log(ratio(a.overheadPercent.estimate) / ratio(b.overheadPercent.estimate))
    let half = ends.reduce(0) { sum, end in sum + pow(log(end.1 / end.0) / 2, 2) }.squareRoot()
    // The larger ratio is the smaller advantage.
    overhead = Interval(
      estimate: 100 * (1 - exp(middle)), low: 100 * (1 - exp(middle + half)), high: 100 * (1 - exp(middle - half)))
  }
}

/// The report's words on it.
enum FleetAdvantageWords {
  static let head = [
    "adapters", "o_proj, p95 ms", "o_proj+fc2, p95 ms", "p95 lower by, %", "median lower by, %", "the article's",
  ]

  static func row(_ one: FleetAdvantage, wanted: Double) -> [String] {
    let overhead = one.overhead
    let verdict =
      switch one.verdict(wanted) {
      case .reached: "reached"
      case .cannotTell: "can't tell"
      case .notReached: "not reached"
      }
    return [
      "\(one.sequences)" + (one.type == .fp32 ? "" : ", \(one.type.rawValue)"), Text.fixed(one.alone, 3),
      Text.fixed(one.both, 3), Text.signed(one.p95, 1),
      "\(Text.signed(overhead.estimate, 1)) [\(Text.signed(overhead.low, 1)), \(Text.signed(overhead.high, 1))]",
      verdict,
    ]
  }

  /// At which number the article's advantage is there, of measured rows alone.
  static func sentence(_ all: [FleetAdvantage], wanted: Double) -> String {
    let claim =
      "The article has TPOT p95 of o_proj \(Text.fixed(wanted, 1)) % lower than that of o_proj+fc2, for one sequence"
    guard !all.isEmpty else {
      return
        "\(claim). Whether that comes back in a fleet was not measured: `lorascope latency --adapters 1,2,4,8,16 --targets "
        + "'o_proj;fc2;o_proj+fc2' --keep` does."
    }
    func numbers(_ verdict: FleetAdvantage.Verdict) -> String? {
      let found = Set(all.filter { $0.verdict(wanted) == verdict }.map(\.sequences)).sorted()
      return found.isEmpty ? nil : "N = " + Text.list(found.map(String.init))
    }
    let reached = numbers(.reached).map { "is there at \($0)" }
    let open = numbers(.cannotTell).map { "cannot be told at \($0), where the interval holds it" }
    let missed = numbers(.notReached).map { "is not there at \($0)" }
    return "\(claim). In fleets of distinct adapters, measured here, that advantage "
      + [reached, open, missed].compactMap(\.self).joined(separator: "; ")
      + ". Each is over its own batch without adapters; the interval is of medians."
  }
}

extension PublishedStudy {
  /// By how much TPOT p95 of o_proj is lower than that of o_proj+fc2, percent; nil where the table has not both.
  package var advantageOfOProj: Double? {
    guard let fast = latencyP95[.oProj], let slow = latencyP95[FleetAdvantage.pair], slow > 0 else { return nil }
    return 100 * (slow - fast) / slow
  }
}
