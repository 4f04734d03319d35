import Builtin
import Foundation

/// Progress of `pretrain` in words: a line that moves, and one that stays for each examination.
enum PretrainText {
  static func show(_ progress: PretrainingProgress, on line: ProgressLine) {
    if !progress.probes.isEmpty {
      let scores = progress.probes.map { String(format: "%@ %.2f", $0.probe.rawValue, $0.score) }
      line.note(
        "\(progress.finished ? "finished, BF16" : "step \(progress.step)"), \(progress.tokens) tokens: "
          + scores.joined(separator: "  "))
    }
    // At the end there is no step that a loss could be of.
    if progress.finished { return }
    line.show(
      "pretraining", fraction: progress.share,
      detail: String(
        format: "step %d  loss %.3f  %.0f tok/s  %@ left", progress.step, progress.loss, progress.tokensPerSecond,
        ProgressLine.duration(progress.secondsLeft)))
  }
}
