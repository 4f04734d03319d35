import Foundation
import Messages
import Recipe

/// What `probe` prints for a person: a heatmap of layers by modules, the groups, and the order of the combinations.
struct ProbeText {
  /// From no energy to half of the largest and more.
  static let shades = Array(" .:-=+*#%@")
  /// Layers side by side, at most.
  private static let columns = 60
  /// The 256-colour palette's way from dark blue to yellow.
  private static let colors = [17, 18, 19, 25, 31, 37, 71, 107, 143, 221]

  let request: ProbeRequest
  let probe: ProbeResult
  let order: ProbeOrder
  let seconds: Double

  func print() {
    show(head)
    for line in heatmap(inColor: Self.mayColor) {
      // The only escapes are those of the shades.
      StandardStreams.write(line + "\n")
    }
    show("")
    show(RunTable.table(kinds).joined(separator: "\n"))
    show("")
    show(RunTable.table(groups).joined(separator: "\n"))
    if let words = costWords { show(words) }
    show("")
    show(RunTable.table(places).joined(separator: "\n"))
    show("")
    show(conclusion)
  }

  private func show(_ text: String) { StandardStreams.show(text + "\n") }

  // MARK: What was looked at

  var head: String {
    "\(OneLine.text(request.model.displayName)) on \(OneLine.text(request.data.displayName)): \(probe.batches) \(probe.batches == 1 ? "batch" : "batches"), "
      + "\(probe.examples) examples, \(probe.lossTokens) tokens with loss, "
      + "\(Counted.text(probe.starts, "start")) of A, rank \(probe.rank), alpha \(Self.number(probe.alpha)); "
      + String(format: "loss of the base %.3f; %.0f s", probe.loss, seconds)
  }

  // MARK: The heatmap

  private static var mayColor: Bool {
    let environment = ProcessInfo.processInfo.environment
    let term = environment["TERM"] ?? ""
    guard isatty(STDOUT_FILENO) == 1, environment["NO_COLOR", default: ""].isEmpty else { return false }
    return term.contains("256color") || environment["COLORTERM"] != nil && term != "dumb"
  }

  func heatmap(inColor: Bool) -> [String] {
    let map = ProbeHeatmap(probe, width: Self.columns)
    let each = map.layersOfColumn
    var lines = [
      "energy at B = 0, modules by layers" + (each > 1 ? ", \(each) layers a column (the largest of them)" : "")
    ]
    let width = map.rows.map { name($0.module).count }.max() ?? 0
    var ruler = Array(repeating: Character(" "), count: map.columns.count + 4)
    for place in stride(from: 0, to: map.columns.count, by: 10) {
      for (offset, digit) in "\(map.columns[place].lowerBound)".enumerated() where place + offset < ruler.count {
        ruler[place + offset] = digit
      }
    }
    lines.append(String(repeating: " ", count: width + 1) + Self.trimmed(String(ruler)))
    for row in map.rows {
      let cells = row.energies.map { energy in
        let level = map.level(energy, of: Self.shades.count)
        let shade = String(Self.shades[level])
        return inColor ? "\u{1B}[48;5;\(Self.colors[level]);38;5;\(level > 5 ? 16 : 252)m\(shade)\u{1B}[0m" : shade
      }
      let name = name(row.module)
      lines.append(name + String(repeating: " ", count: width - name.count + 1) + cells.joined())
    }
    if let largest = map.largest {
      lines.append(
        "largest \(Self.number(largest.energy)) (\(probe.linears.decoder.names.name(of: largest.path))); '@' from half of it, and each of "
          + "'%#*+=-:.' from half of the one before")
    }
    return lines
  }

  private func name(_ module: LinearModule) -> String {
    func last(_ module: LinearModule) -> Substring? {
      probe.linears.decoder.names.name(of: module).split(separator: ".").last
    }
    // Of two that end alike, as LFM2 has them, the whole name.
    let isAmbiguous = probe.linears.decoder.shapes.keys.contains { $0 != module && last($0) == last(module) }
    return isAmbiguous
      ? probe.linears.decoder.names.name(of: module) : last(module).map(String.init) ?? module.rawValue
  }

  private static func trimmed(_ text: String) -> String {
    String(text.reversed().drop { $0 == " " }.reversed())
  }

  // MARK: Tables

  private var kinds: [[String]] {
    let whole = probe.spread(of: probe.linears.all).mean
    let rows = LinearModule.allCases.compactMap { module -> [String]? in
      let cells = probe.cells.filter { $0.path.module == module }
      guard !cells.isEmpty else { return nil }
      let energy = ProbeResult.spread(probe.sum(of: cells))
      return [
        name(module), Self.number(energy.mean), Self.percent(energy.mean / whole),
        Self.score(ProbeResult.featureScore(cells)),
      ]
    }
    return [["module", "energy", "of all", "NFN"]] + rows
  }

  private var groups: [[String]] {
    let whole = probe.spread(of: probe.linears.all).mean
    let rows = probe.linears.groups.map { group -> [String] in
      let spread = probe.spread(of: group.set)
      return [
        group.rawValue, Self.number(spread.mean), Self.percent(spread.mean / whole),
        Self.relative(spread.overBatches, spread.mean), Self.relative(spread.overStarts, spread.mean),
        Self.score(probe.featureScore(of: group.set)), Self.overhead(probe.overhead(of: group.set)),
      ]
    }
    return [["group", "energy", "of all", "s.d. batches", "s.d. starts", "NFN", "TPOT %"]] + rows
  }

  private var places: [[String]] {
    let rows = order.entries.enumerated().map { place, entry in
      [
        "\(place + 1)", entry.targets.label, Self.number(entry.energy.mean),
        entry.energy.standardError.map { "± \(Self.number(1.96 * $0))" } ?? "–", Self.overhead(entry.overheadPercent),
        entry.beforeNext.map { Self.percent($0) } ?? "–",
        // Where nothing is told the line below says why.
        probe.loneMeasurement == nil ? entry.notTold.map(\.label).joined(separator: ", ") : "any",
      ]
    }
    return [["#", "by energy", "energy", "95 %", "TPOT %", "before next", "cannot be told from"]] + rows
  }

  /// How well the groups' overheads add up.
  private var costWords: String? {
    guard let costs = probe.costs, let missed = probe.additivityError else { return nil }
    return String(
      format: "TPOT of all four together %@ %%: %+.1f points from the sum of the four", costs.all.text(signed: true),
      missed)
  }

  private var conclusion: String {
    let undecided = order.undecided.count
    let told =
      probe.loneMeasurement.map {
        "No pair can be told from \($0): how far sets differ by chance takes two of each at least (--batches, --starts)."
      }
      ?? (undecided == 0
        ? "Every pair is told apart by these batches and starts."
        : "\(undecided) of \(order.entries.count * (order.entries.count - 1) / 2) pairs cannot be told by these batches and starts.")
    return told
      + " Energy is how fast the loss can fall at first, and no more: a set always stands before its parts, whichever ends "
      + "better. What ends best only training tells: `lorascope sweep`. NFN is PLoP's normalised feature norm, which adapts the modules "
      + "with the lowest."
  }

  // MARK: Numbers

  private static func number(_ value: Double) -> String { String(format: "%.3g", value) }
  private static func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
  private static func score(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

  private static func relative(_ deviation: Double?, _ mean: Double) -> String {
    guard let deviation, mean > 0 else { return "–" }
    return percent(deviation / mean)
  }

  private static func overhead(_ interval: Interval?) -> String {
    interval?.text(signed: true) ?? "–"
  }
}
