/// Equality of the answer's text after normalising white space, case and number format. The answer is the whole output, or, with a marker such as
/// `Answer:`, what follows its last occurrence on that line; an output without the marker does not parse.
public struct ExactMatch: Metric {
  public let name = "exact match"
  /// The text that announces the answer; nil takes the whole output.
  public let marker: String?

  public init(marker: String? = nil) {
    self.marker = marker
  }

  public func score(output: String, example: Example) -> ExampleScore {
    let gold = TextNormalisation.normalised(answer(in: example.completion) ?? example.completion)
    let found = answer(in: output).map(TextNormalisation.normalised)
    let parsed = !(found ?? "").isEmpty || (found != nil && gold.isEmpty)
    let right = parsed && found == gold
    let everywhere = TextNormalisation.normalised(output)
    let lenient = right || (gold.isEmpty ? everywhere.isEmpty : TextSearch.containsWords(gold, in: everywhere))
    return ExampleScore(value: right ? 1 : 0, parsed: parsed, lenient: lenient ? 1 : 0)
  }

  private func answer(in text: String) -> String? {
    guard let marker, !marker.isEmpty else { return text }
    guard let range = TextSearch.ranges(of: marker, in: text).last else { return nil }
    return String(text[range.upperBound...].prefix { !$0.isNewline })
  }
}
