import Foundation
import HuggingFace
import Recipe
import Text
import Transformer

/// From text to tokens.
///
/// Without a chat template, prompt and completion are one text, and the loss begins with the first token that holds some of the completion;
/// of a conversation each turn that is not the assistant's ends with a line feed, each of the assistant's with the end-of-text token. With
/// a template, everything goes through it, a prompt as the user's turn, and the loss falls on what the assistant says. Pictures are put in the
/// place of `<image>` once the text is written out, and before it is tokenised.
public struct Tokenising: Sendable {
  /// What the tokenizer's post-processor puts before a text: a beginning-of-text token, or nothing.
  public let prefix: [Int32]
  /// The token that ends a completion, if the tokenizer has one.
  public let endOfText: Int32?
  public let chat: ChatTemplate?
  public let turns: TrainedTurns
  /// Whether the model can be shown pictures.
  public let sight: Sight
  /// The tokens that end an answer: all that the model's files name, and what the chat template puts after an answer.
  public private(set) var stopTokens: Set<Int32>
  let beginningOfText: Int32?
  /// Rows of the model's embedding table; nil where they are not known.
  let modelRows: Int?
  /// What `tokenizer_config.json` says of a token before a text.
  let asksForStart: Bool?
  let encode: @Sendable (String) -> [Int32]
  let bytes: TokenBytes
  /// What tokens stand for where others are before them.
  let innerBytes: TokenBytes
  /// Whether a token is found in a text as a whole, such as an end of turn.
  let isAdded: @Sendable (Int32) -> Bool
  /// Throws where a text since could not be encoded.
  private let check: @Sendable () throws -> Void

  public init(
    _ tokenizer: Tokenizer, chat: ChatTemplate? = nil, turns: TrainedTurns = .all, sight: Sight = .none
  ) {
    let added = tokenizer.addedTokens
    // Some decoders take a space from the beginning of a text, which a token within it has.
    let first = tokenizer.encode("a", addSpecial: false)
    let before = tokenizer.decodeBytes(first, skipSpecial: false)
    self.init(
      prefix: tokenizer.prefixTokens, endOfText: tokenizer.eosToken, endTokens: tokenizer.endTokens,
      beginningOfText: tokenizer.bosToken, asksForStart: tokenizer.asksForStart, modelRows: tokenizer.modelRows,
      chat: chat, turns: turns, sight: sight,
      bytes: { tokenizer.decodeBytes([$0], skipSpecial: false) },
      innerBytes: { id in
        let both = tokenizer.decodeBytes(first + [id], skipSpecial: false)
        return both.starts(with: before) ? Array(both.dropFirst(before.count)) : []
      }, isAdded: { added.contains($0) },
      check: { try tokenizer.check() },
      encode: { tokenizer.encode($0, addSpecial: false) })
  }

  package init(
    prefix: [Int32], endOfText: Int32?, endTokens: Set<Int32> = [], beginningOfText: Int32? = nil,
    asksForStart: Bool? = nil, modelRows: Int? = nil, chat: ChatTemplate? = nil, turns: TrainedTurns = .all,
    sight: Sight = .none,
    bytes: @escaping @Sendable (Int32) -> [UInt8] = { _ in [] },
    innerBytes: (@Sendable (Int32) -> [UInt8])? = nil,
    isAdded: @escaping @Sendable (Int32) -> Bool = { _ in false },
    check: @escaping @Sendable () throws -> Void = {}, encode: @escaping @Sendable (String) -> [Int32]
  ) {
    self.prefix = prefix
    self.endOfText = endOfText
    self.beginningOfText = beginningOfText
    self.asksForStart = asksForStart
    self.modelRows = modelRows
    self.chat = chat
    self.turns = turns
    self.sight = sight
    self.bytes = TokenBytes(bytes)
    self.innerBytes = innerBytes.map(TokenBytes.init) ?? self.bytes
    self.isAdded = isAdded
    self.check = check
    self.encode = encode
    stopTokens = endTokens.union(endOfText.map { [$0] } ?? [])
    if chat != nil, let probe = try? probe() { stopTokens.formUnion(probe.ends) }
  }

  /// The tokens that a prompt is generated from, without a chat template: prefix and prompt.
  public func prompt(_ text: String) -> [Int32] {
    prefix + encode(text)
  }

  /// What an example's answer is generated from.
  ///
  /// - Throws: `ChatTemplateError` for a conversation that the template does not take; `ImageError` or `FileError` for a picture that
  ///   cannot be read or shown; `TokenWithoutRow`.
  public func prompt(for example: Example) throws -> ExamplePrompt {
    let images = try pictures(of: example)
    let tokens = try promptTokens(of: example, images: images)
    try checkRows(tokens)
    return ExamplePrompt(tokens: tokens, images: images)
  }

  private func promptTokens(of example: Example, images: [ImageTiles]) throws -> [Int32] {
    if let chat { return encode(try shown(chat.asked(turnsOf(example)), images: images).text) }
    guard let messages = example.messages else { return prompt(try shown(example.prompt, images: images).text) }
    return try plain(messages.dropLast(), images: images).tokens
  }

  /// One example of at most `sequenceLength` tokens, nil if none of them would carry loss or a picture would be cut; `truncated` says
  /// whether it was cut. Of a conversation that makes several examples, the last.
  ///
  /// - Throws: as `prompt(for:)`.
  public func tokenize(
    _ example: Example, index: Int, sequenceLength: Int
  ) throws -> (example: TokenizedExample?, truncated: Bool) {
    let pictures = try pictures(of: example)
    guard let last = try whole(example, index: index, images: pictures).last else { return (nil, false) }
    return (last.cut(to: sequenceLength), last.tokens.count > sequenceLength)
  }

  /// A whole data set.
  ///
  /// - Parameter shownLength: how many tokens of an example the model is shown at most, where the whole ones are kept to be cut later.
  /// - Throws: `TrainingError.noExamples`, naming `source` (a file or a task), if nothing is left; `TrainingError.cannotRender` for an
  ///   example that the chat template does not take, `.cannotSee` for one whose picture cannot be read or shown, or that has a token
  ///   which the model has no embedding for.
  public func tokenize(
    _ examples: [Example], sequenceLength: Int, shownLength: Int? = nil, source: String
  ) throws -> TokenizedDataset {
    let dataset = try self.dataset(
      examples, sequenceLength: sequenceLength, shownLength: shownLength, source: source)
    guard !dataset.examples.isEmpty else {
      throw nothingLeft(
        examples, source: source, leftOut: dataset.leftOut.count, sequenceLength: sequenceLength)
    }
    return dataset
  }

  /// The same, and nothing where nothing is left.
  func dataset(
    _ examples: [Example], sequenceLength: Int, shownLength: Int? = nil, source: String
  ) throws -> TokenizedDataset {
    var dataset = TokenizedDataset(examples: [], truncated: 0, leftOut: [])
    dataset.examples.reserveCapacity(examples.count)
    var known: [String: ImageTiles] = [:]
    for (index, example) in examples.enumerated() {
      let parts = try placed(example, source) {
        let pictures = try pictures(of: example, known: &known)
        let parts = try whole(example, index: index, images: pictures, dataset: &dataset)
        try checkRows(parts, cutTo: shownLength ?? sequenceLength)
        return parts
      }
      dataset.add(parts, cutTo: sequenceLength, id: example.id)
    }
    return dataset
  }

  /// Says which example of which data set it was that the template did not take, or whose picture could not be shown.
  func placed<Value>(_ example: Example, _ source: String, _ body: () throws -> Value) throws -> Value {
    do {
      let value = try body()
      try check()
      return value
    } catch let error as ChatTemplateError {
      throw TrainingError.cannotRender(source: source, example: example.id, reason: error.description)
    } catch let error as TrainingError {
      throw error
    } catch let error as any ExitStatusError {
      throw TrainingError.cannotSee(
        source: source, example: example.id, reason: error.description, exitStatus: error.exitStatus)
    }
  }

  private func whole(_ example: Example, index: Int, images: [ImageTiles]) throws -> [TokenizedExample] {
    var notes = TokenizedDataset(examples: [], truncated: 0, leftOut: [])
    return try whole(example, index: index, images: images, dataset: &notes)
  }

  /// All tokens of an example, and those of them that carry loss: as a rule one, of a template that writes answers otherwise once the
  /// conversation goes on one for each answer.
  ///
  /// - Parameter dataset: takes what a person should know besides.
  private func whole(
    _ example: Example, index: Int, images: [ImageTiles], dataset: inout TokenizedDataset
  ) throws -> [TokenizedExample] {
    guard let chat else {
      let text = try plain(example, images: images)
      if let first = text.tokens.first, prefix == [first], text.tokens.dropFirst().first == first {
        dataset.doubledStarts += 1
      }
      dataset.ownEnds += text.ownEnds
      dataset.unwrittenThoughts += text.withoutThoughts
      return [try tokenized(text.tokens, text.ranges, index: index, images: images)]
    }
    let messages = turnsOf(example)
    dataset.writtenDay = chat.writtenDay
    dataset.doubledEnds += messages.count { $0.isLearned && endsItself($0.content) }
    let renderings = try chat.examples(of: messages, turns: turns)
    if renderings.count > 1 { dataset.divided += 1 }
    let spans = TokenSpans(encode: encode, bytes: bytes)
    return try renderings.map { rendering in
      dataset.withoutThoughts += rendering.withoutThoughts
      dataset.withoutPromptedThought += rendering.withoutPromptedThought
      dataset.quotedArguments += chat.quotedArguments(of: messages.prefix(rendering.turns), in: rendering.text)
      let isWhole = rendering.turns == messages.count
      let own = isWhole ? images : Array(images.prefix(pictures(in: messages.prefix(rendering.turns))))
      let (text, trained) = try shown(rendering.text, spans: rendering.trained, images: own)
      let ids = encode(text)
      if let first = ids.first, first == beginningOfText, ids.dropFirst().first == first { dataset.doubledStarts += 1 }
      var result = try tokenized(ids, spans.ranges(of: trained, in: text, ids: ids), index: index, images: own)
      dataset.untrainedEnds += untrainedEnds(of: result)
      result.turn = renderings.count > 1 ? rendering.turns : nil
      return result
    }
  }

  /// Whether a text ends with a token that ends an answer, so that with the template's own there are two.
  private func endsItself(_ text: String) -> Bool {
    let text = text.utf8.reversed().drop(while: ChatTemplate.isSpace)
    return stopTokens.contains { id in
      let end = bytes[id]
      return isAdded(id) && !end.isEmpty && text.starts(with: end.reversed())
    }
  }

  private func pictures(in messages: ArraySlice<ChatMessage>) -> Int {
    sight.processor == nil ? 0 : messages.reduce(0) { $0 + ImagePrompt.placeholders(in: $1.content) }
  }

  private func tokenized(
    _ tokens: [Int32], _ ranges: [Range<Int>], index: Int, images: [ImageTiles]
  ) throws -> TokenizedExample {
    let imageRanges = try sight.processor?.ranges(of: images, in: tokens) ?? []
    for range in imageRanges where ranges.contains(where: { $0.overlaps(range) }) { throw ImageError.inAnswer }
    return TokenizedExample(
      tokens: tokens, lossRanges: ranges, exampleIndex: index, images: images, imageRanges: imageRanges)
  }

  /// The turns as a template takes them: pictures are content parts wherever they stand, since templates of seeing models write those
  /// otherwise than the same word in a text.
  func turnsOf(_ example: Example) -> [ChatMessage] {
    let messages =
      example.messages
      ?? [
        ChatMessage(role: "user", content: example.prompt), ChatMessage(role: "assistant", content: example.completion),
      ]
    return example.images.isEmpty || sight.processor == nil ? messages : messages.map(\.withPictureParts)
  }
}

extension String {
  /// Without white space at either end.
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

extension Tokenising {
  /// The pictures of an example, read, resized and cut.
  ///
  /// - Throws: why the model takes none; `ImageError` or `FileError` for one that cannot be read.
  func pictures(of example: Example) throws -> [ImageTiles] {
    var known: [String: ImageTiles] = [:]
    return try pictures(of: example, known: &known)
  }

  /// - Parameter known: pictures by the path of their file, so that those of many examples are read and kept once.
  func pictures(of example: Example, known: inout [String: ImageTiles]) throws -> [ImageTiles] {
    if example.images.isEmpty { return [] }
    let processor = try sight.required()
    return try example.images.map { picture in
      if case .file(let path) = picture, let tiles = known[path] { return tiles }
      let tiles = try processor.tiles(of: try picture.decoded(), name: picture.name)
      if case .file(let path) = picture { known[path] = tiles }
      return tiles
    }
  }

  /// A text with its pictures, and where its spans are there. For a model without sight `<image>` is text as any other.
  func shown(
    _ text: String, spans: [Range<Int>] = [], images: [ImageTiles]
  ) throws -> (text: String, spans: [Range<Int>]) {
    guard let processor = sight.processor else { return (text, spans) }
    return try processor.expand(text, spans: spans, images: images)
  }
}
