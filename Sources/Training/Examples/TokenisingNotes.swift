import Recipe
import Text

extension Tokenising {
  /// What a person should know of how the examples are written out, a line each.
  public var facts: [String] { [answerEnd.description, textStart.description] }

  /// What ends an answer.
  public var answerEnd: AnswerEnd {
    let stops = stopTokens.sorted().map { printed([$0]) }
    guard let probe = try? probe(), !probe.tail.isEmpty else {
      return AnswerEnd(text: "", token: nil, count: 0, isTrained: false, stops: stops)
    }
    let token = probe.ends.first
    // Of ordinary text the first token may hold the answer's end, and the last ones may be the next header.
    let place = probe.places.first ?? min(probe.tail.lowerBound + 1, probe.tail.upperBound - 1)
    // Ordinary text may stand before the token.
    let isAlone = token != nil && probe.places.first == probe.tail.lowerBound
    return AnswerEnd(
      text: isAlone ? printed([probe.tokens[probe.tail.lowerBound]]) : probe.text.replacing("\n", with: "\\n"),
      token: token,
      count: probe.tail.count,
      isTrained: probe.trained.contains { $0.contains(place) }, stops: stops)
  }

  /// Whether a text begins with a token of its own.
  public var textStart: TextStart {
    let tokens = (try? probe())?.tokens ?? prefix
    let isOfTemplate = chat != nil
    let first = isOfTemplate ? tokens.first.flatMap { $0 == beginningOfText ? $0 : nil } : prefix.first
    return TextStart(token: first.map { printed([$0]) }, isOfTemplate: isOfTemplate, isAskedFor: asksForStart)
  }

  private func printed(_ tokens: [Int32]) -> String {
    let text = String(decoding: tokens.flatMap { bytes[$0] }, as: UTF8.self)
    return text.isEmpty ? tokens.map { "token \($0)" }.joined(separator: " ") : text
  }

  /// A question and an answer as they are trained.
  struct Probe {
    var tokens: [Int32]
    var trained: [Range<Int>]
    /// The tokens after the answer.
    var tail: Range<Int>
    /// The text after the answer, without white space around it.
    var text: String
    /// Those of `tail` that end an answer by themselves, and their places.
    var ends: [Int32]
    var places: [Int]
  }

  /// - Throws: `ChatTemplateError`.
  func probe() throws -> Probe? {
    let answer = UInt8(ascii: "7")
    let turns = [ChatMessage(role: "user", content: "6"), ChatMessage(role: "assistant", content: "7")]
    guard let chat else {
      let start = prefix + encode("6") + encode("7")
      let ends = endOfText.map { [$0] } ?? []
      let tail = start.count..<start.count + ends.count
      return Probe(
        tokens: start + ends, trained: [start.count - 1..<tail.upperBound], tail: tail,
        text: ends.isEmpty ? "" : printed(ends), ends: ends, places: Array(tail))
    }
    let rendering = try chat.training(turns, turns: .all)
    let text = Array(rendering.text.utf8)
    guard let place = text.lastIndex(of: answer) else { return nil }
    let tail = String(decoding: text[(place + 1)...], as: UTF8.self).trimmed
    let end = text.count - text.reversed().prefix(while: ChatTemplate.isSpace).count
    let tokens = encode(rendering.text)
    let spans = TokenSpans(encode: encode, bytes: bytes)
    guard !tail.isEmpty,
      let range = spans.ranges(of: [place + 1..<max(place + 1, end)], in: rendering.text, ids: tokens).first
    else { return nil }
    let trained = spans.ranges(of: rendering.trained, in: rendering.text, ids: tokens)
    // An added token is one wherever it stands; a piece of ordinary text only if it is all that follows.
    let places = range.filter { place in
      let written = String(decoding: bytes[tokens[place]], as: UTF8.self).trimmed
      return written == tail || (isAdded(tokens[place]) && !written.isEmpty)
    }
    return Probe(
      tokens: tokens, trained: trained, tail: range, text: tail, ends: places.map { tokens[$0] }, places: places)
  }
}

extension Tokenising {
  /// Answers of an example behind which, but for white space, a token stands that ends an answer and carries no loss, while none within
  /// the answer's own loss does.
  func untrainedEnds(of example: TokenizedExample) -> Int {
    example.lossRanges.count { range in
      guard !stopTokens.contains(example.tokens[range.upperBound - 1]) else { return false }
      let next = example.tokens.indices[range.upperBound...].first { place in
        stopTokens.contains(example.tokens[place]) || !bytes[example.tokens[place]].allSatisfy(ChatTemplate.isSpace)
      }
      guard let next, stopTokens.contains(example.tokens[next]) else { return false }
      return !example.lossRanges.contains { $0.contains(next) }
    }
  }

  /// Those of the examples that were left out which have nothing to learn at any length: no longer sequence would keep them.
  ///
  /// - Parameter leftOut: their ids.
  package func withoutAnswers(_ examples: [Example], leftOut: [Int]) -> [Int] {
    let ids = Set(leftOut)
    if ids.isEmpty { return [] }
    return examples.filter { example in
      guard ids.contains(example.id) else { return false }
      // Only what is empty has nothing to learn; the others need no tokenising.
      let answers = example.messages?.filter(\.isLearned).map(\.content) ?? [example.completion]
      guard answers.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) else { return false }
      let whole = try? tokenize(example, index: 0, sequenceLength: .max)
      return whole.map { $0.example == nil } ?? false
    }.map(\.id)
  }

  /// The ids of the examples whose answer has nothing before it: its first token is given, since nothing predicts it.
  package func withoutBeginnings(_ examples: [Example]) -> [Int] {
    guard chat == nil, prefix.isEmpty else { return [] }
    return examples.filter { example in
      if let messages = example.messages { return messages.first?.isLearned == true }
      return example.prompt.isEmpty && !example.completion.isEmpty
    }.map(\.id)
  }

  /// Tokens that an example needs for the first of its answer to be kept; nil if it has nothing to learn.
  func leastLength(of example: Example) -> Int? {
    guard let whole = try? tokenize(example, index: 0, sequenceLength: .max).example else { return nil }
    return max(whole.lossStart + 1, whole.imageRanges.filter { $0.lowerBound <= whole.lossStart }.last?.upperBound ?? 0)
  }

  /// What to do where no example is left.
  func nothingLeft(_ examples: [Example], source: String, leftOut: Int, sequenceLength: Int) -> TrainingError {
    let least = sequenceLength == .max ? nil : examples.lazy.compactMap { self.leastLength(of: $0) }.min()
    guard let least else {
      return .noExamples(source: source, leftOut: leftOut, sequenceLength: leftOut > 0 ? .max : sequenceLength)
    }
    return .nothingFits(source: source, leftOut: leftOut, sequenceLength: sequenceLength, least: least)
  }
}

/// In words what is left out and what is not learned, with the places.
package enum LeftOutNotes {
  private static let mostNamed = 8

  /// - Parameter placeName: of several, such as `lines`.
  package static func places(_ ids: [Int], _ placeName: String) -> String {
    let named = ids.prefix(mostNamed).map(String.init).joined(separator: ", ")
    let place = ids.count == 1 && placeName.hasSuffix("s") ? String(placeName.dropLast()) : placeName
    return "(\(place) \(named)\(ids.count > mostNamed ? ", …" : ""))"
  }

  /// - Parameters:
  ///   - withoutAnswers: ids of those left out that have nothing to learn at any length.
  ///   - withoutBeginnings: ids of those whose answer begins the text.
  package static func lines(withoutAnswers: [Int], withoutBeginnings: [Int], placeName: String) -> [String] {
    var lines: [String] = []
    if !withoutAnswers.isEmpty {
      lines.append(
        "\(withoutAnswers.count) left out with nothing to learn at any length \(places(withoutAnswers, placeName))")
    }
    if !withoutBeginnings.isEmpty {
      lines.append(
        "\(withoutBeginnings.count) with nothing before the answer, whose first token is therefore not learned "
          + places(withoutBeginnings, placeName))
    }
    return lines
  }
}
