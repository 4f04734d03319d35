import Foundation
import Messages

/// One sentence about a comparison, each claim with its denominator.
enum Conclusion {
  static func sentence(_ rows: [Comparison.Row], baseline: RunID) -> String {
    let others = rows.filter { $0.verdict != .baseline }
    var parts: [String] = []
    for row in others where row.verdict == .better || row.verdict == .worse {
      guard let difference = row.difference, let p = row.pValue else { continue }
      parts.append(
        "#\(row.run.id) is \(row.verdict.rawValue) than #\(baseline) by \(number(abs(difference.estimate))) points "
          + "(95 % interval \(signed(difference.low)) to \(signed(difference.high)), n = \(row.pairedExamples), "
          + "\(row.test) p \(probability(p))\(others.count > 1 ? " after Holm" : ""))")
    }
    let open = others.filter { $0.verdict == .cannotTell }
    for (count, group) in Dictionary(grouping: open, by: \.pairedExamples).sorted(by: { $0.key > $1.key }) {
      parts.append("can't tell \(list(group)) from #\(baseline) at n = \(count)")
    }
    let without = others.filter { $0.verdict == .notComparable }
    if !without.isEmpty {
      parts.append("\(list(without)) share\(without.count == 1 ? "s" : "") no evaluated example with #\(baseline)")
    }
    let busy = rows.filter { $0.run.latency?.isBusy == true }
    if !busy.isEmpty {
      let shares = busy.compactMap { $0.run.latency?.coreShare }.map(CoreUse.takenPercent)
      let taken = shares.max().map { " (other programs took up to \($0) % of the cores)" } ?? ""
      parts.append("can't tell the latency of \(list(busy)): measured on a busy machine\(taken)")
    }
    guard let first = parts.first else { return "Nothing to compare." }
    let sentence = ([first.prefix(1).uppercased() + first.dropFirst()] + parts.dropFirst()).joined(separator: "; ")
    return sentence + "."
  }

  private static func list(_ rows: [Comparison.Row]) -> String {
    let names = rows.map { "#\($0.run.id)" }
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
  private static func signed(_ value: Double) -> String { String(format: "%+.1f", value) }
  private static func probability(_ value: Double) -> String {
    value < 0.001 ? "< 0.001" : "= " + String(format: "%.3f", value)
  }
}
