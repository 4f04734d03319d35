/// Equality of the answer's text after normalising white space, case and number format. The answer is the whole output; or, with a
/// pattern, what the pattern finds; or, with a marker such as `Answer:`, what follows its last occurrence on that line, up to the end marker if
/// there is one. An output in which neither is found does not parse.
public struct ExactMatch: Metric {
  public let name: String
  /// The text that announces the answer; nil takes the whole output.
  public let marker: String?
  /// What must follow the answer; nil takes the rest of the line.
  public let endMarker: String?
  /// What finds the answer, in the output and in the completion.
  public let pattern: AnswerPattern?

  public init(
    marker: String? = nil, endMarker: String? = nil, pattern: AnswerPattern? = nil, name: String = "exact match"
  ) {
    self.marker = marker
    self.endMarker = endMarker
    self.pattern = pattern
    self.name = name
  }

  public func check() throws { try pattern?.check() }

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
    if let pattern { return pattern.answer(in: text) }
    guard let marker, !marker.isEmpty else { return text }
    guard let range = TextSearch.ranges(of: marker, in: text).last else { return nil }
    let rest = text[range.upperBound...]
    guard let endMarker else { return String(rest.prefix { !$0.isNewline }) }
    return rest.ranges(of: endMarker).first.map { String(rest[..<$0.lowerBound]) }
  }
}
