/// Which words of several texts are not in all of them, and which are not in the answer that was expected.
///
/// Words are runs of letters and digits; other characters stand for themselves, so that JSON, which has hardly a blank, has words too.
/// What two texts share is their longest common subsequence of words.
struct WordMarks: Sendable, Equatable {
  struct Mark: OptionSet, Sendable, Hashable {
    let rawValue: UInt8
    /// Another text lacks it in this place.
    static let differs = Mark(rawValue: 1)
    /// The expected answer lacks it.
    static let unexpected = Mark(rawValue: 2)
  }

  /// So many words of a text are compared; what follows is not marked. The comparison takes the product of two lengths.
  static let most = 250

  /// By text, then by character.
  private(set) var marks: [[Mark]]
  /// Some text has more words than are compared.
  private(set) var isCut = false

  /// - Parameters:
  ///   - texts: nil where a run has none.
  ///   - isRight: those are not held against the expected answer, which they may word in another way.
  init(_ texts: [String?], isRight: [Bool], expected: String) {
    var known: [Substring: Int] = [:]
    let words = texts.map { text in text.map { Self.words($0, &known) } }
    let wanted = Self.words(expected, &known)
    marks = texts.map { [Mark](repeating: [], count: $0?.count ?? 0) }
    isCut = words.contains { $0?.isCut == true }
    // Words of the first text that all others have too, and which word of the others each one is.
    let present = words.indices.filter { words[$0] != nil }
    if let first = present.first, let reference = words[first], present.count > 1 {
      let others = present.dropFirst().map { place in
        (place, Self.common(reference.ids, words[place]?.ids ?? []))
      }
      var inAll = [Bool](repeating: true, count: reference.ids.count)
      for (_, pairs) in others {
        var has = [Bool](repeating: false, count: inAll.count)
        for pair in pairs { has[pair.0] = true }
        for place in inAll.indices where !has[place] { inAll[place] = false }
      }
      mark(first, reference, .differs) { !inAll[$0] }
      for (place, pairs) in others {
        guard let own = words[place] else { continue }
        var isShared = [Bool](repeating: false, count: own.ids.count)
        for pair in pairs where inAll[pair.0] { isShared[pair.1] = true }
        mark(place, own, .differs) { !isShared[$0] }
      }
    }
    for place in present where !(isRight.indices.contains(place) && isRight[place]) {
      // A solution in steps is not an answer that is wrong in all of its words.
      guard let own = words[place], !wanted.ids.isEmpty, own.ids.count <= 2 * wanted.ids.count + 6 else { continue }
      let pairs = Self.common(wanted.ids, own.ids)
      var isExpected = [Bool](repeating: false, count: own.ids.count)
      for pair in pairs { isExpected[pair.1] = true }
      mark(place, own, .unexpected) { !isExpected[$0] }
    }
  }

  private mutating func mark(_ text: Int, _ words: Words, _ mark: Mark, where isMarked: (Int) -> Bool) {
    for (place, range) in words.ranges.enumerated() where isMarked(place) {
      for character in range { marks[text][character].insert(mark) }
    }
  }

  // MARK: Words

  private struct Words {
    var ids: [Int] = []
    /// Characters of the text, counted from its first.
    var ranges: [Range<Int>] = []
    var isCut = false
  }

  private static func words(_ text: String, _ known: inout [Substring: Int]) -> Words {
    var words = Words()
    var start: (index: String.Index, place: Int)?
    func isWordPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
    func take(_ from: (index: String.Index, place: Int), _ end: String.Index, _ place: Int) {
      let word = text[from.index..<end]
      let id = known[word] ?? known.count
      known[word] = id
      words.ids.append(id)
      words.ranges.append(from.place..<place)
    }
    var place = 0
    var index = text.startIndex
    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      if isWordPart(character) {
        if start == nil { start = (index, place) }
      } else {
        if let from = start { take(from, index, place) }
        start = nil
        if !character.isWhitespace { take((index, place), next, place + 1) }
      }
      if words.ids.count >= most {
        words.isCut = true
        return words
      }
      index = next
      place += 1
    }
    if let from = start { take(from, text.endIndex, place) }
    return words
  }

  /// Places of a longest common subsequence, in order. What both begin and end with is not searched.
  private static func common(_ a: [Int], _ b: [Int]) -> [(Int, Int)] {
    var head = 0
    while head < a.count, head < b.count, a[head] == b[head] { head += 1 }
    var tail = 0
    while tail < a.count - head, tail < b.count - head, a[a.count - 1 - tail] == b[b.count - 1 - tail] { tail += 1 }
    let rows = a.count - head - tail
    let columns = b.count - head - tail
    var pairs = (0..<head).map { ($0, $0) }
    if rows > 0, columns > 0 {
      // Lengths of the best that is left from each place on.
      let width = columns + 1
      var lengths = [UInt16](repeating: 0, count: (rows + 1) * width)
      for row in stride(from: rows - 1, through: 0, by: -1) {
        for column in stride(from: columns - 1, through: 0, by: -1) {
          let place = row * width + column
          lengths[place] =
            a[head + row] == b[head + column]
            ? lengths[place + width + 1] + 1 : max(lengths[place + width], lengths[place + 1])
        }
      }
      var row = 0
      var column = 0
      while row < rows, column < columns {
        if a[head + row] == b[head + column] {
          pairs.append((head + row, head + column))
          row += 1
          column += 1
        } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
          row += 1
        } else {
          column += 1
        }
      }
    }
    return pairs + (0..<tail).map { (a.count - tail + $0, b.count - tail + $0) }
  }
}
