/// Right or wrong by one stated answer pattern, such as `Final: [B]`. What does not parse is wrong.
public struct StrictChoiceAccuracy: Metric {
  public let name = "strict choice accuracy"
  /// What stands before and after the choice.
  public let before: String
  public let after: String
  /// The answers that count as parsed.
  public let choices: [String]

  /// - Parameter pattern: the pattern with `{}` where the choice stands, `Final: [{}]` by default; without `{}` the choice follows the pattern.
  public init(pattern: String = "Final: [{}]", choices: [String] = ["A", "B", "C", "D"]) {
    if let hole = pattern.ranges(of: "{}").first {
      before = String(pattern[..<hole.lowerBound])
      after = String(pattern[hole.upperBound...])
    } else {
      before = pattern
      after = ""
    }
    self.choices = choices
  }

  /// The right choice is the one in the completion's pattern, or `extra["answer"]` if it has none; options' texts, for the lenient
  /// reading, stand in `extra` under the choices themselves.
  public func score(output: String, example: Example) -> ExampleScore {
    let gold = strict(example.completion) ?? example.extra["answer"]
    let found = strict(output)
    let right = found != nil && found == gold
    let lenient = right || (gold != nil && self.lenient(output, options: example.extra) == gold)
    return ExampleScore(value: right ? 1 : 0, parsed: found != nil, lenient: lenient ? 1 : 0)
  }

  /// Settled where the choice stands at the output's beginning and has been read. Behind a pattern the last choice counts, and another may
  /// follow until the end.
  public func settling(for example: Example) -> SettledByBeginning? {
    guard before.isEmpty else { return nil }
    let longest = (choices.map(\.count).max() ?? 0) + after.count
    return { $0.count > longest && choice(in: $0[...]) != nil }
  }

  /// The options' texts as an answer would begin with them; without their texts, the choices in their pattern.
  public func options(for example: Example) -> AnswerOptions? {
    guard let gold = strict(example.completion) ?? example.extra["answer"] else { return nil }
    let lead = String(example.completion.prefix { $0.isWhitespace })
    let named = choices.filter { example.extra[$0]?.isEmpty == false }
    if named.count > 1 {
      return AnswerOptions(named.map { lead + (example.extra[$0] ?? "") }, right: named.firstIndex(of: gold))
    }
    return AnswerOptions(choices.map { lead + before + $0 + after }, right: choices.firstIndex(of: gold))
  }

  /// The choice in the last occurrence of the exact pattern.
  package func strict(_ text: String) -> String? {
    var found: String?
    for range in TextSearch.ranges(of: before, in: text) {
      if let choice = choice(in: text[range.upperBound...]) { found = choice }
    }
    if before.isEmpty, found == nil { return choice(in: text[...]) }
    return found
  }

  /// The answer from anywhere: the pattern in any case and spacing, else the last choice that stands alone, else the only option whose text occurs.
  package func lenient(_ text: String, options: [String: String]) -> String? {
    if let found = strict(text) ?? looselyPatterned(text) ?? lastStandingAlone(text) { return found }
    let folded = TextNormalisation.normalised(text)
    let named = choices.filter { choice in
      guard let option = options[choice], !option.isEmpty else { return false }
      return TextSearch.containsWords(TextNormalisation.normalised(option), in: folded)
    }
    return named.count == 1 ? named[0] : nil
  }

  private func choice(in rest: Substring) -> String? {
    // The longest first, so that "10" is not taken for "1".
    choices.sorted { $0.count > $1.count }.first { choice in
      guard rest.hasPrefix(choice + after) else { return false }
      guard after.isEmpty else { return true }
      let next = rest.dropFirst(choice.count).first
      return next.map { !TextSearch.isWord($0) } ?? true
    }
  }

  private func looselyPatterned(_ text: String) -> String? {
    let word = before.filter(TextSearch.isWord).lowercased()
    guard !word.isEmpty else { return nil }
    let kept = text.lowercased().filter { !$0.isWhitespace && !"[](){}*:=\"'`".contains($0) }
    var found: String?
    for range in kept.ranges(of: word) {
      let rest = kept[range.upperBound...]
      let match = choices.first { choice in
        guard rest.hasPrefix(choice.lowercased()) else { return false }
        return rest.dropFirst(choice.count).first.map { !TextSearch.isWord($0) } ?? true
      }
      if let match { found = match }
    }
    return found
  }

  private func lastStandingAlone(_ text: String) -> String? {
    var last: (choice: String, at: String.Index)?
    for choice in choices {
      for range in TextSearch.ranges(of: choice, in: text) where TextSearch.isBounded(range, in: text) {
        if isArticle(choice, range, in: text) { continue }
        if last.map({ range.lowerBound > $0.at }) ?? true { last = (choice, range.lowerBound) }
      }
    }
    return last?.choice
  }

  /// An "A" or "I" that is followed by a lower-case word is English, not an answer.
  private func isArticle(_ choice: String, _ range: Range<String.Index>, in text: String) -> Bool {
    guard choice == "A" || choice == "I" else { return false }
    let rest = text[range.upperBound...]
    guard rest.first == " ", let next = rest.dropFirst().first else { return false }
    return next.isLowercase
  }
}
