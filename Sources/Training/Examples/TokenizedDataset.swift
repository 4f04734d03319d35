import HuggingFace
import Text
import Transformer

/// An example as the model sees it.
public struct TokenizedExample: Sendable, Equatable {
  /// The beginning-of-text token if the tokenizer adds one, prompt, completion, end-of-text token, or a conversation as its
  /// template writes it; cut at the sequence length.
  public var tokens: [Int32]
  /// The places in `tokens` of those that carry loss (are predicted): ascending, not empty, from 1 up since nothing precedes token 0.
  public private(set) var lossRanges: [Range<Int>]
  /// The place of the example in the list that was tokenised.
  public var exampleIndex: Int
  /// Of a conversation that makes one example of each answer, the turn (from 1) whose answer this one is.
  public var turn: Int?
  /// The pictures in the order of their tokens, as bytes: floats are made for a batch.
  public private(set) var images: [ImageTiles]
  /// For each picture, from its first image token to behind its last; the markers around it are not counted.
  public private(set) var imageRanges: [Range<Int>]

  /// - Parameters:
  ///   - lossRanges: ascending; what is out of range is cut off.
  ///   - imageRanges: ascending, one for each image.
  public init(
    tokens: [Int32], lossRanges: [Range<Int>], exampleIndex: Int, images: [ImageTiles] = [],
    imageRanges: [Range<Int>] = []
  ) {
    precondition(images.count == imageRanges.count, "each image has its tokens")
    self.tokens = tokens
    self.exampleIndex = exampleIndex
    self.images = images
    self.imageRanges = imageRanges
    let whole = min(1, tokens.count)..<tokens.count
    self.lossRanges = lossRanges.map { $0.clamped(to: whole) }.filter { !$0.isEmpty }
  }

  /// Every token from `lossStart` on carries loss.
  public init(tokens: [Int32], lossStart: Int, exampleIndex: Int) {
    self.init(
      tokens: tokens, lossRanges: [min(max(0, lossStart), tokens.count)..<tokens.count], exampleIndex: exampleIndex)
  }

  /// The index in `tokens` of the first token that carries loss.
  public var lossStart: Int { lossRanges.first?.lowerBound ?? max(1, tokens.count) }

  /// The first tokens, with the pictures that are among them; nil if no loss is left in them, or if the cut would fall into a picture.
  func cut(to length: Int) -> TokenizedExample? {
    if tokens.count <= length { return lossTokens > 0 ? self : nil }
    guard imageRanges.allSatisfy({ $0.upperBound <= length || $0.lowerBound >= length }) else { return nil }
    let kept = imageRanges.count { $0.upperBound <= length }
    var result = TokenizedExample(
      tokens: Array(tokens.prefix(length)), lossRanges: lossRanges, exampleIndex: exampleIndex,
      images: Array(images.prefix(kept)), imageRanges: Array(imageRanges.prefix(kept)))
    result.turn = turn
    return result.lossTokens > 0 ? result : nil
  }

  /// How many tokens carry loss.
  public var lossTokens: Int { lossRanges.reduce(0) { $0 + $1.count } }
}

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
  /// Answers whose own text ends with a token that ends an answer, where the template writes one behind it.
  public var doubledEnds = 0
  /// Without a template, answers whose own text ends with the end-of-text token: no other was added.
  public var ownEnds = 0
  /// Without a template, answers with a thought in a field of its own.
  public var unwrittenThoughts = 0
  /// Answers behind which a token ends them that carries no loss.
  public var untrainedEnds = 0
  /// Calls of tools whose arguments, a text in the data, the template writes as JSON once more.
  public var quotedArguments = 0
  /// The day that the template writes for the day of writing.
  public var writtenDay: TemplateDate?

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
      counted(
        doubledEnds, "answer ends twice: its own text has an end token, and the template writes one behind it",
        "answers end twice: their own texts have an end token, and the template writes one behind it"),
      counted(
        ownEnds, "answer ends with the end-of-text token in its own text: no other is added",
        "answers end with the end-of-text token in their own texts: no other is added"),
      counted(
        unwrittenThoughts,
        "answer is trained without its thoughts: without a chat template only the content is written",
        "answers are trained without their thoughts: without a chat template only the content is written"),
      counted(
        untrainedEnds, "answer ends with a token that carries no loss: the model may not learn to stop there",
        "answers end with a token that carries no loss: the model may not learn to stop there"),
      counted(
        quotedArguments,
        "call has its arguments as a text, which the template writes in quotation marks: give an object",
        "calls have their arguments as texts, which the template writes in quotation marks: give objects"),
      writtenDay.map {
        "the template writes the day of writing: always \($0.words), so that the same data gives the same tokens"
      },
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
    doubledEnds += other.doubledEnds
    ownEnds += other.ownEnds
    unwrittenThoughts += other.unwrittenThoughts
    untrainedEnds += other.untrainedEnds
    quotedArguments += other.quotedArguments
    writtenDay = writtenDay ?? other.writtenDay
  }

  /// Takes the examples that one record makes.
  ///
  /// - Parameter id: is named if none of them is kept.
  mutating func add(_ parts: some Collection<TokenizedExample>, cutTo length: Int, id: Int) {
    let before = examples.count
    for part in parts {
      guard let kept = part.cut(to: length) else { continue }
      if kept.tokens.count < part.tokens.count { truncated += 1 }
      examples.append(kept)
    }
    let kept = examples.count - before
    if kept == 0 { leftOut.append(id) } else { leftOutAnswers += parts.count - kept }
  }

  /// Tokens of all examples.
  public var tokens: Int { examples.reduce(0) { $0 + $1.tokens.count } }
  /// Loss-carrying tokens of all examples.
  public var lossTokens: Int { examples.reduce(0) { $0 + $1.lossTokens } }
}

extension TokenizedDataset {
  /// The same with every example cut at a length; those with nothing left to learn are left out.
  ///
  /// - Parameter ids: of the examples that were tokenised, in their order.
  package func cut(to sequenceLength: Int, ids: [Int]) -> TokenizedDataset {
    var result = self
    result.examples = []
    result.truncated = 0
    var from = examples.startIndex
    // What one record makes stands together.
    while from < examples.endIndex {
      let index = examples[from].exampleIndex
      let to = examples[from...].firstIndex { $0.exampleIndex != index } ?? examples.endIndex
      result.add(examples[from..<to], cutTo: sequenceLength, id: ids[index])
      from = to
    }
    result.leftOut.sort()
    return result
  }
}

/// What an answer is generated from, with pictures as bytes: the floats of many pictures are large, so they are made when they are
/// needed.
public struct ExamplePrompt: Sendable, Equatable {
  public var tokens: [Int32]
  /// In the order of their tokens.
  public var images: [ImageTiles] = []

  /// As the model takes it.
  public var prompt: Prompt { Prompt(tokens: tokens, images: images.flatMap(\.pixelValues)) }

  /// Bytes of the floats in `prompt`.
  var pixelBytes: Int {
    images.reduce(0) { $0 + $1.tiles.count * 3 * $1.size * $1.size * MemoryLayout<Float>.stride }
  }
}
