import Messages
import Recipe

/// Module sets by numbers of adapters, as Markdown that a page can hold.
package enum FleetGrid {
  /// One table: in each cell the measured overhead with half of its interval, and in brackets what the bytes say, percent. What was not
  /// measured is a dash. Below it, how far combinations are from the sums of their groups.
  ///
  /// - Parameter measurements: of one base, one rank and one mix.
  package static func markdown(_ measurements: [FleetMeasurement]) -> String {
    let numbers = Set(measurements.map(\.latency.sequences)).sorted()
    let sets = Set(measurements.map(\.key.targets)).sorted(by: Targets.precedes)
    var rows = [["modules", "MB an adapter"] + numbers.map { "N = \($0)" }]
    rows.append(rows[0].map { _ in "---" })
    for targets in sets {
      let own = measurements.filter { $0.key.targets == targets }
      let bytes = own.last.map { Text.fixed(Double($0.latency.bytes.adapter) / 1e6, 1) } ?? "–"
      rows.append(
        [targets.label, bytes]
          + numbers.map { number in own.last { $0.latency.sequences == number }.map { cell($0.latency) } ?? "–" })
    }
    var lines = rows.map { "| " + $0.joined(separator: " | ") + " |" }
    let sums = FleetSection.additivity(measurements)
    if !sums.isEmpty { lines += [""] + sums.map { "- \($0)" } }
    let off = measurements.filter { !$0.latency.isBusy }.map { one in
      (one, one.latency.overheadPercent.estimate - one.latency.predictedPercent)
    }
    if let worst = off.max(by: { abs($0.1) < abs($1.1) }) {
      lines.append(
        "\(sums.isEmpty ? "\n" : "")- Furthest from the bytes: \(worst.0.key.targets.label) at N = \(worst.0.latency.sequences), "
          + "\(Text.signed(worst.1, 1)) points.")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func cell(_ latency: FleetLatency) -> String {
    let overhead = latency.overheadPercent
    let text = overhead.text(signed: true)
    return (latency.isBusy ? "~\(text) !" : text) + " (\(Text.signed(latency.predictedPercent, 1)))"
  }
}
