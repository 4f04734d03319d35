extension Tokenising {
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
