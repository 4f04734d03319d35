import Recipe
import Text
import Transformer

/// Training examples that stand before each prompt, so that a model sees the form of the answers: the same ones before all prompts, which
/// therefore begin alike.
///
/// Of conversations and with a chat template they are turns of user and assistant; else texts one after the other, with an empty line between.
public struct FewShot: Sendable {
  /// In the order in which they stand.
  public let shots: [Example]
  private let tokenising: Tokenising
  private let separator: String
  /// Texts at which a model has gone on to a question of its own: what it answered stands before the first of them. Empty where turns end
  /// with a token; without those that stand in a completion of the training examples.
  public let ends: [String]
  /// How many were asked for, or drawn where their number is left to the program.
  private let asked: Int

  /// Tokens that examples may take where their number is left to the program.
  public static let usualTokens = 2048

  /// Draws the examples by `seed`; as long as there are others, no two have the same completion.
  ///
  /// - Parameters:
  ///   - training: what they are drawn from; those that are asked in `examples` are not.
  ///   - count: how many; nil for the usual number, or as many as `usualTokens` hold.
  /// - Throws: as `Tokenising.prompt(for:)`.
  public init(
    _ tokenising: Tokenising, training: [Example], before examples: [Example], count: Int?, seed: UInt64 = 0
  ) throws {
    self.tokenising = tokenising
    // Of pictures the question may always be the same; only those of a prompt that is asked are looked at.
    let asked = Dictionary(grouping: examples, by: \.prompt).mapValues { Set($0.map(\.images)) }
    var generator = SplitMix64(seed: seed, stream: 0x5407)
    let drawn = generator.permutation(training.count).map { training[$0] }
      .filter { asked[$0.prompt]?.contains($0.images) != true }
    var completions: Set<String> = []
    let places = drawn.indices.filter { completions.insert(drawn[$0].completion).inserted }
    let rest = Set(drawn.indices).subtracting(places).sorted()
    var chosen = (places + rest).prefix(count ?? FormatFreeScores.usualShots).map { drawn[$0] }
    let separator = Self.separator(of: training)
    if count == nil, let first = examples.first {
      let own = try tokenising.prompt(for: first).tokens.count
      while !chosen.isEmpty {
        let with = Self.example(first, after: chosen[...], tokenising: tokenising, separator: separator)
        if try tokenising.prompt(for: with).tokens.count - own <= Self.usualTokens { break }
        chosen.removeLast()
      }
    }
    shots = chosen
    self.asked = count ?? chosen.count
    self.separator = separator
    ends = Self.ends(of: chosen, separator: separator, training: training, tokenising: tokenising)
  }

  /// These examples, in this order.
  package init(_ tokenising: Tokenising, shots: [Example]) {
    self.tokenising = tokenising
    self.shots = shots
    asked = shots.count
    separator = Self.separator(of: shots)
    ends = Self.ends(of: shots, separator: separator, training: shots, tokenising: tokenising)
  }

  /// An empty line, or two where an answer has one itself.
  private static func separator(of training: [Example]) -> String {
    training.contains { $0.completion.utf8.contains("\n\n".utf8) } ? "\n\n\n" : "\n\n"
  }

  private static func ends(
    of shots: [Example], separator: String, training: [Example], tokenising: Tokenising
  ) -> [String] {
    guard tokenising.chat == nil, shots.allSatisfy({ $0.messages == nil }), let first = shots.first else { return [] }
    let start = shots.dropFirst().reduce(first.prompt) { $0.commonPrefix(with: $1.prompt) }
    let line = start.prefix { $0 != "\n" }
    let ends = [separator] + (shots.count > 1 && line.count > 2 ? ["\n" + line] : [])
    // What a right answer may hold does not end it.
    return ends.filter { end in !training.contains { $0.completion.utf8.contains(end.utf8) } }
  }

  /// Examples with shots before their prompts.
  public struct Fitted: Sendable {
    public var examples: [Example]
    /// Before each prompt.
    public var shots: [Int]
    /// Prompts with fewer than were asked for.
    public var promptsWithFewer: Int
  }

  /// Each example with as many shots before its prompt as the model has positions for, and how many those are.
  ///
  /// - Parameter going: asked before each example; false cancels.
  /// - Returns: nil if cancelled.
  /// - Throws: as `Tokenising.prompt(for:)`, naming the example.
  public func fitted(
    _ examples: [Example], in configuration: ModelConfiguration, maxNewTokens: Int, going: () -> Bool = { true }
  ) throws -> Fitted? {
    var counts: [Int] = []
    for example in examples {
      guard going() else { return nil }
      func fits(_ count: Int) throws -> Bool {
        guard count > 0 else { return true }
        let with = self.example(example, shots: count)
        let tokens = try tokenising.placed(example, "evaluation") { try tokenising.prompt(for: with).tokens.count }
        return tokens + maxNewTokens - 1 <= configuration.maxPositions
      }
      // Prompts are about as long as each other: what fitted before mostly fits, and one more does not.
      let guess = counts.last ?? shots.count
      var (least, most) = try fits(guess) ? (guess, shots.count) : (0, guess - 1)
      var next = least == guess ? guess + 1 : most
      while least < most {
        if try fits(next) { least = next } else { most = next - 1 }
        next = least + (most - least + 1) / 2
      }
      counts.append(least)
    }
    return Fitted(
      examples: zip(examples, counts).map { self.example($0, shots: $1) }, shots: counts,
      promptsWithFewer: counts.count { $0 < asked })
  }

  /// An example with the first so many shots before its prompt. Its completion and what metrics need stay.
  public func example(_ example: Example, shots count: Int) -> Example {
    Self.example(example, after: shots.prefix(count), tokenising: tokenising, separator: separator)
  }

  private static func example(
    _ example: Example, after shots: ArraySlice<Example>, tokenising: Tokenising, separator: String
  ) -> Example {
    guard !shots.isEmpty else { return example }
    var with = example
    with.images = shots.flatMap(\.images) + example.images
    if tokenising.chat == nil, example.messages == nil {
      with.prompt = shots.map { $0.prompt + $0.completion + separator }.joined() + example.prompt
      return with
    }
    let own = turns(of: example)
    // What the system says stands at the beginning, once.
    let head = own.prefix { $0.role == "system" }
    with.messages =
      head + shots.flatMap { turns(of: $0).drop { $0.role == "system" } } + own.dropFirst(head.count)
    return with
  }

  private static func turns(of example: Example) -> [ChatMessage] {
    example.messages
      ?? [
        ChatMessage(role: "user", content: example.prompt), ChatMessage(role: "assistant", content: example.completion),
      ]
  }
}

/// Ends an answer where the model has begun another question.
struct AnswerEnds: Sendable {
  let tokenizer: Tokenizer
  let ends: [String]

  /// Tokens between two looks.
  private static let interval = 8

  func cut(_ output: String) -> String {
    ends.reduce(output) { text, end in text.range(of: end).map { String(text[..<$0.lowerBound]) } ?? text }
  }

  func hasEnded(_ tokens: [Int32]) -> Bool {
    guard !ends.isEmpty, tokens.count % Self.interval == 0,
      let text = tokenizer.lastingText(tokens, skipSpecial: true)
    else { return false }
    return ends.contains { text.contains($0) }
  }
}
