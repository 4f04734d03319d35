import Messages
import Recipe

/// Latencies of fleets in words: rows of a table, and at which number a budget is passed.
package enum FleetTable {
  package static let head = [
    "adapters", "different", "p50 ms", "p95 ms", "without, p50 ms", "overhead %", "by the bytes %", "MB a step",
    "MB an adapter", "load ms",
  ]

  /// A row below `head`, with times of merged models where they were measured.
  package static func row(_ latency: FleetLatency) -> [String] {
    let overhead = latency.overheadPercent
    let mark = latency.isBusy ? "~" : ""
    return [
      "\(latency.sequences) \(latency.mix.rawValue)" + (latency.type == .fp32 ? "" : ", \(latency.type.rawValue)"),
      "\(latency.different)", mark + Text.fixed(latency.p50, 3),
      mark + Text.fixed(latency.p95, 3), mark + Text.fixed(latency.baseP50, 3),
      "\(mark)\(Text.signed(overhead.estimate, 1)) [\(Text.signed(overhead.low, 1)), \(Text.signed(overhead.high, 1))]"
        + (latency.isBusy ? " !" : ""),
      Text.signed(latency.predictedPercent, 1), megabytes(latency.bytes.step(adapters: latency.different)),
      megabytes(latency.adapterMemoryBytes), latency.loadSeconds.map { Text.fixed(1000 * $0, 1) } ?? "–",
    ]
  }

  /// `4 merged models take 12.300 ms for a token each, +310.0 % [+308.0, +312.0] over the batch without adapters`; nil where that was not
  /// measured.
  package static func merged(_ latency: FleetLatency) -> String? {
    latency.merged.map { merged in
      let overhead = merged.overheadPercent
      return
        "\(Counted.text(latency.sequences, "merged model")), one after the other: \(Text.fixed(merged.p50, 3)) ms until each "
        + "has a token, \(Text.signed(overhead.estimate, 1)) % [\(Text.signed(overhead.low, 1)), \(Text.signed(overhead.high, 1))] "
        + "over the batch without adapters"
    }
  }

  /// At which number of adapters a budget is passed, what of that was measured, and how sure it is.
  ///
  /// - Parameters:
  ///   - measured: of one adapter and one mix.
  ///   - most: the largest number that is looked at.
  package static func budget(_ budget: Double, _ measured: [FleetLatency], seed: UInt64, most: Int) -> String {
    let numbers = Text.list(measured.map(\.sequences).sorted().map(String.init))
    let limit = "\(Text.fixed(budget, 1)) %"
    guard let passing = FleetCurve(measured, seed: seed).passes(budget, most: most) else {
      return "\(limit) is not passed up to \(most) adapters (measured: \(numbers))"
    }
    var text =
      "\(limit) is passed from \(Counted.text(passing.sequences, "adapter")) on: \(Text.signed(passing.percent, 1)) %"
    if let interval = passing.interval {
      text += " measured"
      if interval.low <= budget { text += ", but the interval holds the budget, so it cannot be told from it" }
    } else {
      text += " predicted"
    }
    return text + " (measured: \(numbers))"
  }

  private static func megabytes(_ bytes: Int) -> String {
    Text.fixed(Double(bytes) / 1e6, bytes < 10_000_000 ? 2 : 1)
  }
}
