import ArgumentParser
import Builtin
import Foundation
import Recipe

struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Make the embedded base again from its generated corpus; resumable.",
    discussion: """
      Writes a Hugging Face folder in BF16. Probes (list copy, option look-up, table question, arithmetic, facts) are \
      printed as it goes. The same command goes on where a kill or Ctrl-C left it.
      """)

  @Option(help: ArgumentHelp("The new model folder.", valueName: "dir")) var output: String
  @Option(help: "Minutes of training in all, resumed time included.") var minutes: Double?
  @Option(help: "Tokens to train on, which decides schedule and curriculum (default: the embedded base's).")
  var tokens: Int?
  @Option(help: "Seed of the corpus and the start.") var seed = PretrainingOptions().seed
  @Option(help: "Worker threads (default: all cores).") var threads: Int?
  @OptionGroup var json: JSONFlag

  func validate() throws {
    try ArgumentRange.check(minutes, "minutes", TrainingLimits.minutes)
    try ArgumentRange.check(tokens, "tokens", 1...1_000_000_000_000)
  }

  func run() throws {
    StandardStreams.finishFirst()
    var options = PretrainingOptions()
    options.seed = seed
    if let minutes { options.budgetMinutes = minutes }
    if let tokens { options.tokens = tokens }
    let folder = URL(fileURLWithPath: Paths.absolute(output))
    let pretraining = try Pretraining(options: options, folder: folder, team: LoadedModel.team(threads))
    let line = ProgressLine()
    let watch = SignalWatch { _ in }
    try pretraining.run { progress in
      PretrainText.show(progress, on: line)
      return watch.received == nil
    }
    line.finish()
    if let signal = watch.received {
      throw CommandError("interrupted; the same command goes on from the checkpoint", status: 128 + signal)
    }
    if json.json { return try JSONOutput.print(["model": folder.path]) }
    print(folder.path)
  }
}

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
