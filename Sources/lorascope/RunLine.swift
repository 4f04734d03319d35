import Foundation
import Messages
import Recipe

/// One run in one line of plain text.
enum RunLine {
  static func finished(_ run: RunSummary) -> String {
    var parts = [
      "#\(run.id)", run.plan.data.displayName, run.plan.targets.label, "seed \(run.plan.settings.seed)",
      run.state.rawValue,
    ]
    if let loss = run.losses.last { parts.append(String(format: "loss %.4f", loss)) }
    if let score = run.score {
      parts.append(
        String(
          format: "%@ %.1f ± %.1f %% (n %d, %.1f %% did not parse)", score.metric, 100 * score.score.estimate,
          100 * score.score.halfWidth, score.examples, 100 * score.parseFailureRate))
    }
    if let latency = run.latency {
      parts.append(
        String(
          format: "TPOT p50 %@ ms, %@%+.1f ± %.1f %% over the base", RunLine.milliseconds(latency.p50),
          latency.isBusy ? "~" : "", latency.overheadPercent.estimate, latency.overheadPercent.halfWidth))
      if latency.isBusy, let share = latency.coreShare {
        parts.append("(measured while other programs took \(CoreUse.takenPercent(share)) % of the cores)")
      }
    }
    if let prepared = run.prepared { parts.append("\(prepared.trainableParameters) parameters") }
    if let reason = run.reason { parts.append(reason) }
    return OneLine.text(parts.joined(separator: "  "))
  }

  /// Three digits, however small: a fast model takes hundredths of a millisecond for a token.
  private static func milliseconds(_ value: Double) -> String {
    String(format: value < 1 ? "%.3g" : "%.2f", value)
  }

  static func progress(_ run: RunSummary, ended: Int, of total: Int) -> (
    label: String, fraction: Double?, detail: String
  ) {
    let label =
      (total > 1 ? "[\(ended + 1)/\(total)] " : "")
      + "#\(run.id) \(run.plan.data.displayName) \(run.plan.targets.label) \(run.state.rawValue)"
    switch run.state {
    case .training:
      var detail = ["step \(run.step)/\(run.totalSteps)"]
      if let loss = run.losses.last { detail.append(String(format: "loss %.3f", loss)) }
      if let rate = run.tokensPerSecond, rate.isFinite { detail.append("\(Int(rate)) tok/s") }
      if let left = run.secondsLeft { detail.append("\(ProgressLine.duration(left)) left") }
      return (
        label, run.totalSteps > 0 ? Double(run.step) / Double(run.totalSteps) : nil, detail.joined(separator: "  ")
      )
    case .evaluating, .measuring:
      let score = run.runningScore.map { String(format: "score so far %.1f %%", 100 * $0) } ?? ""
      return (label, run.phaseProgress, score)
    default:
      return (label, nil, "")
    }
  }
}
