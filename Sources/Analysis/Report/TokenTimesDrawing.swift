import Messages
import Recipe

/// How long single tokens took to decode, of the base and of each combination: histograms over one axis, one above the other.
enum TokenTimesDrawing {
  private static let mostLeft = 320.0
  private static let right = 16.0
  private static let rowHeight = 26.0
  private static let width = 760.0
  /// Columns of a histogram; the stored bins are finer.
  private static let columns = 120

  /// - Parameter name: what stands beside a run's histogram; those without a name are left out.
  /// - Returns: nil without a histogram of a run.
  static func svg(_ times: TokenTimes, title: String, name: (RunID) -> String?) -> String? {
    let members = times.members.compactMap { member in
      (member.run.map(name) ?? "base").map { (name: $0, member: member) }
    }.sorted { ($0.member.run == nil ? 0 : 1) < ($1.member.run == nil ? 0 : 1) }
    guard members.contains(where: { $0.member.run != nil }) else { return nil }
    let point = PlotFrame.point
    let left = PlotFrame.room(for: members.map(\.name), most: mostLeft)
    let span = width - left - right
    func px(_ value: Double) -> Double { left + (value - times.low) / (times.high - times.low) * span }
    var body = ""
    for (place, item) in members.enumerated() {
      let floor = rowHeight * Double(place + 1)
      body += "<text x=\"0\" y=\"\(point(floor - 4))\">\(HTMLReport.escaped(item.name))</text>"
      body += "<path class=\"\(item.member.run == nil ? "histogram base" : "histogram")\" d=\""
      body += outline(counts(item.member), left: left, floor: floor, span: span) + "\"/>"
    }
    let bottom = rowHeight * Double(members.count)
    body += "<path class=\"axis\" d=\"M\(point(left)) \(point(bottom + 2))H\(point(width - right))\"/>"
    for tick in PlotFrame.ticks(times.low...times.high) {
      body += "<path class=\"axis\" d=\"M\(point(px(tick))) \(point(bottom + 2))v4\"/>"
      body +=
        "<text x=\"\(point(px(tick)))\" y=\"\(point(bottom + 18))\" text-anchor=\"middle\">\(PlotFrame.label(tick))</text>"
    }
    body += "<text x=\"0\" y=\"\(point(bottom + 18))\">ms a token</text>"
    return "<svg viewBox=\"0 0 \(Int(width)) \(point(bottom + 24))\" role=\"img\">"
      + "<title>\(HTMLReport.escaped(title))</title>\(body)</svg>"
  }

  /// Neighbouring bins together.
  private static func counts(_ member: TokenTimes.Member) -> [Int] {
    let bins = member.counts.count
    return (0..<columns).map { column in
      member.counts[column * bins / columns..<max(column * bins / columns, (column + 1) * bins / columns)].reduce(0, +)
    }
  }

  /// Each to its own peak: runs have different numbers of tokens.
  private static func outline(_ counts: [Int], left: Double, floor: Double, span: Double) -> String {
    let point = PlotFrame.point
    let peak = Double(max(1, counts.max() ?? 1))
    let each = span / Double(counts.count)
    var text = "M\(point(left)) \(point(floor))"
    for (place, count) in counts.enumerated() {
      text += "V\(point(floor - (rowHeight - 5) * Double(count) / peak))H\(point(left + each * Double(place + 1)))"
    }
    return text + "V\(point(floor))Z"
  }
}
