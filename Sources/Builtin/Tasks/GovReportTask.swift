import Recipe
import Training

/// Stands in for GovReport: a report of headed sections to a summary that states each section's finding in a shorter form. The base finds and copies
/// one finding when asked; it neither goes through the sections by itself nor words a finding as the summaries do. No town of the
/// evaluation occurs in training.
///
/// `govreport@8192` is the same with prompts of about 8 192 tokens of the embedded base's tokenizer.
package struct GovReportTask: BuiltinTask {
  package static let tokenRange = 256...32_000

  package let name: String
  package let displayName: String
  package let metric: any Metric = RougeLsum()
  /// Tokens of a prompt, about.
  package let tokens: Int
  package let groupNoun: String? = "towns"
  package var version = TaskVersion.present
  let world: World

  private static let plainName = "govreport"
  private static let usualTokens = 288
  /// Of the embedded base's tokenizer on these reports; rounded down, so that lengths are kept.
  static let charactersPerToken = 2.9

  package init(world: World = .standard) {
    self.init(tokens: Self.usualTokens, name: Self.plainName, world: world)
  }

  private init(tokens: Int, name: String, world: World) {
    self.tokens = tokens
    self.name = name
    self.world = world
    displayName = tokens == Self.usualTokens ? "GovReport" : "GovReport, \(tokens) tokens"
  }

  /// The task by `govreport` or `govreport@TOKENS`, nil for another name.
  ///
  /// - Throws: `BuiltinError.dataOption` for a length that no report has.
  static func named(_ name: String, world: World = .standard) throws(BuiltinError) -> GovReportTask? {
    let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.first.map(String.init) == plainName else { return nil }
    guard parts.count == 2 else { return GovReportTask(world: world) }
    guard let tokens = Int(parts[1]), tokenRange.contains(tokens) else {
      throw .dataOption(
        "\(name): give \(plainName)@TOKENS with a number from \(tokenRange.lowerBound) to \(tokenRange.upperBound)")
    }
    return GovReportTask(tokens: tokens, name: name, world: world)
  }

  /// Three sections, more in long reports: a summary of a line for each.
  var sections: Int { min(12, max(3, Int((Double(tokens) / 150).squareRoot()))) }

  package var maxNewTokens: Int { 36 * sections }
  package var recommendedTrainingExamples: Int { max(16, min(240, 240 * Self.usualTokens / tokens)) }
  package var recommendedEvaluationExamples: Int { max(16, min(500, 500 * Self.usualTokens / tokens)) }
  package var recommendedSettings: RunSettings {
    settings(
      epochs: 3, batchSize: tokens > 1024 ? 1 : 4, sequenceLength: min(32_768, tokens + tokens / 8 + maxNewTokens + 32))
  }

  /// Towns of a split; no two splits share one.
  func towns(of split: Split) -> ArraySlice<String> {
    split.share(of: world.towns, version: version)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let towns = towns(of: split)
    var generator = SplitMix64(seed: seed, stream: 0x60F0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      var report = Report(world: world, towns: towns, sections: sections, fillers: 2, &generator)
      report.lengthen(to: Int(Double(tokens) * Self.charactersPerToken), towns: towns, &generator)
      let line = report.summaryLine(id)
      return Example(
        id: id, prompt: report.text + "Summary:\n", completion: report.summary,
        group: report.sections.first?.finding.town,
        options: AnswerOptions(right: line.right, wrong: line.wrong, most: 8, stream: 0x60F1, id: id))
    }
  }
}
