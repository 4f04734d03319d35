/// Right or wrong by the numbers of the final line: one number, or a row or small table of them, all of which must be right and in order.
///
/// The final line is what a pattern finds; else what follows the marker (`Final:`), as many lines of it as the completion has; else, where the completion
/// has no marker, the last line with a number in it. An output without marker, or without a number, does not parse. A number is right if it
/// rounds to the completion's; thousands separators, percent, currency and scale words are read. An answer
/// without any number is compared as text.
public struct NumberAccuracy: Metric {
  public let marker: String
  public let pattern: AnswerPattern?
  /// Whether the final line may be a sentence with other numbers before and after the right ones.
  public let isWithin: Bool

  public init(marker: String = "Final:", pattern: AnswerPattern? = nil, isWithin: Bool = false) {
    self.marker = marker
    self.pattern = pattern
    self.isWithin = isWithin
  }

  public var name: String { isWithin ? "number accuracy (within the final line)" : "number accuracy" }

  public func check() throws { try pattern?.check() }

  public func score(output: String, example: Example) -> ExampleScore {
    let goldText = finalText(of: example.completion, lines: nil) ?? Substring(example.completion)
    let lines = goldText.split(separator: "\n", omittingEmptySubsequences: false).count
    let usesMarker = pattern == nil && lastMarker(in: example.completion) != nil
    let found = usesMarker ? afterMarker(in: output, lines: lines) : finalText(of: output, lines: lines)
    let gold = NumberReading.numbers(in: goldText)
    guard !gold.isEmpty else { return text(goldText, found: found, output: output) }
    let numbers = found.map { NumberReading.numbers(in: $0) } ?? []
    let isRight = isWithin ? Self.contains(numbers, gold) : Self.equal(numbers[...], gold)
    let isLenient = isRight || Self.contains(NumberReading.numbers(in: output), gold)
    return ExampleScore(value: isRight ? 1 : 0, parsed: !numbers.isEmpty, lenient: isLenient ? 1 : 0)
  }

  private static func contains(_ found: [StatedNumber], _ gold: [StatedNumber]) -> Bool {
    found.indices.contains { equal(found[$0...].prefix(gold.count), gold) }
  }

  private static func equal(_ found: ArraySlice<StatedNumber>, _ gold: [StatedNumber]) -> Bool {
    found.count == gold.count && zip(found, gold).allSatisfy { $0.states($1) }
  }

  private func text(_ gold: Substring, found: Substring?, output: String) -> ExampleScore {
    let wanted = TextNormalisation.normalised(String(gold))
    let given = found.map { TextNormalisation.normalised(String($0)) }
    let isRight = given == wanted
    let everywhere = TextNormalisation.normalised(output)
    let isLenient = isRight || TextSearch.containsWords(wanted, in: everywhere)
    return ExampleScore(value: isRight ? 1 : 0, parsed: given?.isEmpty == false, lenient: isLenient ? 1 : 0)
  }

  private func lastMarker(in text: String) -> Range<String.Index>? { TextSearch.ranges(of: marker, in: text).last }

  /// What the answer is read from; nil where nothing of that kind is there.
  private func finalText(of text: String, lines: Int?) -> Substring? {
    if let pattern { return pattern.answer(in: text).map { $0[...] } }
    if lastMarker(in: text) != nil { return afterMarker(in: text, lines: lines) }
    return text.split(separator: "\n").last { !NumberReading.numbers(in: $0).isEmpty }
  }

  /// The rest of the marker's line and the lines below it, up to an empty one or to `lines`.
  private func afterMarker(in text: String, lines: Int?) -> Substring? {
    guard let range = lastMarker(in: text) else { return nil }
    let rest = text[range.upperBound...].drop { $0 == " " }
    var end = rest.startIndex
    var count = 0
    for line in rest.split(separator: "\n", omittingEmptySubsequences: false) {
      if count > 0, line.allSatisfy(\.isWhitespace) { break }
      if let lines, count == lines { break }
      end = line.endIndex
      count += 1
    }
    return rest[..<end]
  }
}
