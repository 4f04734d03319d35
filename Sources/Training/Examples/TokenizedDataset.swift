/// Tokenised examples, and what became of those that did not fit.
public struct TokenizedDataset: Sendable {
  /// In the order of the list that was tokenised.
  public var examples: [TokenizedExample]
  /// How many of `examples` were cut at their end.
  public var truncated: Int
  /// The ids of the examples that were left out, since no loss-carrying token was left or the cut would have fallen into a picture.
  public var leftOut: [Int]
  /// Conversations of which each answer became an example of its own, since the template writes an answer otherwise once the
  /// conversation goes on.
  public var divided = 0
  /// Answers of such conversations that were left out while others of the same were kept.
  public var leftOutAnswers = 0
  /// Answers whose thoughts the template does not write.
  public var withoutThoughts = 0
  /// Answers without the thought that a generation prompt begins.
  public var withoutPromptedThought = 0
  /// Examples that begin with the beginning-of-text token twice.
  public var doubledStarts = 0

  public init(examples: [TokenizedExample], truncated: Int, leftOut: [Int]) {
    self.examples = examples
    self.truncated = truncated
    self.leftOut = leftOut
  }

  /// What a person should know of them besides, a line each.
  public var notes: [String] {
    func counted(_ count: Int, _ one: String, _ many: String) -> String? {
      count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
    }
    let whole = "the template writes an answer otherwise once the conversation goes on"
    return [
      counted(
        divided, "conversation became one example for each answer: \(whole)",
        "conversations became one example for each answer: \(whole)"),
      counted(
        leftOutAnswers, "of these answers is left out, the others of its conversation are not",
        "of these answers are left out, others of their conversations are not"),
      counted(
        withoutThoughts, "answer is trained without its thoughts: the template does not write them",
        "answers are trained without their thoughts: the template does not write them"),
      counted(
        withoutPromptedThought,
        "answer has no thought, though the template's generation prompt begins one: the loss falls on what follows the header",
        "answers have no thought, though the template's generation prompt begins one: the loss falls on what follows the header"
      ),
      counted(
        doubledStarts, "example begins with the beginning-of-text token twice: its text has one already",
        "examples begin with the beginning-of-text token twice: their texts have one already"),
    ].compactMap { $0 }
  }

  /// Counts what another one has besides its examples.
  mutating func add(notesOf other: TokenizedDataset) {
    truncated += other.truncated
    divided += other.divided
    leftOutAnswers += other.leftOutAnswers
    withoutThoughts += other.withoutThoughts
    withoutPromptedThought += other.withoutPromptedThought
    doubledStarts += other.doubledStarts
  }

  /// Takes the examples that one record makes.
  ///
  /// - Parameter id: is named if none of them is kept.
  mutating func add(_ parts: [TokenizedExample], cutTo length: Int, id: Int) {
    let kept = parts.compactMap { part in part.cut(to: length).map { ($0, $0.tokens.count < part.tokens.count) } }
    examples += kept.map(\.0)
    truncated += kept.count(where: \.1)
    if kept.isEmpty { leftOut.append(id) } else { leftOutAnswers += parts.count - kept.count }
  }

  /// Tokens of all examples.
  public var tokens: Int { examples.reduce(0) { $0 + $1.tokens.count } }
  /// Loss-carrying tokens of all examples.
  public var lossTokens: Int { examples.reduce(0) { $0 + $1.lossTokens } }
}
