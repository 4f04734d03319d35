/// A compiled regular expression over Unicode scalars, matched by backtracking in the order in which Oniguruma, Rust's
/// `fancy-regex` and Python's `re` try.
///
/// Repetition is of single scalars only, so the depth of recursion is bounded by the pattern and not by the text.
package struct Pattern: Sendable {
  private enum Step: Sendable {
    case set(ScalarSet, least: Int, most: Int, possessive: Bool, next: Int)
    case choice([Int])
    case lookahead(Int, negative: Bool, next: Int)
    case start(next: Int)
    case end(next: Int)
    case accept
  }

  let source: String
  private var steps: [Step] = [.accept]
  private var entry = 0

  package init(_ source: String) throws(PatternError) {
    self.source = source
    entry = compile(try PatternParser.parse(source), next: 0)
  }

  private mutating func add(_ step: Step) -> Int {
    steps.append(step)
    return steps.count - 1
  }

  private mutating func compile(_ alternatives: [[PatternNode]], next: Int) -> Int {
    let entries = alternatives.map { compile($0, next: next) }
    return entries.count == 1 ? entries[0] : add(.choice(entries))
  }

  private mutating func compile(_ sequence: [PatternNode], next: Int) -> Int {
    var next = next
    for node in sequence.reversed() {
      switch node {
      case .set(let set, let least, let most, let possessive):
        next = add(.set(set, least: least, most: most, possessive: possessive, next: next))
      case .group(let alternatives, let optional):
        let inner = compile(alternatives, next: next)
        next = optional ? add(.choice([inner, next])) : inner
      case .lookahead(let alternatives, let negative):
        let inner = compile(alternatives, next: 0)
        next = add(.lookahead(inner, negative: negative, next: next))
      case .start: next = add(.start(next: next))
      case .end: next = add(.end(next: next))
      }
    }
    return next
  }

  /// The end of the match that begins at `start`, or nil.
  func match(_ text: UnsafeBufferPointer<UInt32>, at start: Int) -> Int? {
    run(entry, text, start, wholeText: false)
  }

  /// Whether the pattern matches the text from beginning to end, as Python's `re.fullmatch`.
  package func matchesWhole(_ text: String) -> Bool {
    text.unicodeScalars.map(\.value).withUnsafeBufferPointer { run(entry, $0, 0, wholeText: true) != nil }
  }

  private func run(_ step: Int, _ text: UnsafeBufferPointer<UInt32>, _ start: Int, wholeText: Bool) -> Int? {
    var step = step
    var position = start
    while true {
      switch steps[step] {
      case .accept: return wholeText && position != text.count ? nil : position
      case .start(let next):
        guard position == 0 else { return nil }
        step = next
      case .end(let next):
        guard position == text.count else { return nil }
        step = next
      case .lookahead(let inner, let negative, let next):
        guard (run(inner, text, position, wholeText: false) == nil) == negative else { return nil }
        step = next
      case .choice(let entries):
        for entry in entries.dropLast() {
          if let end = run(entry, text, position, wholeText: wholeText) { return end }
        }
        guard let last = entries.last else { return nil }
        step = last
      case .set(let set, let least, let most, let possessive, let next):
        let limit = most < text.count - position ? position + most : text.count
        var end = position
        while end < limit, set.contains(text[end]) { end += 1 }
        guard end - position >= least else { return nil }
        if possessive || end - position == least {
          position = end
          step = next
          continue
        }
        let shortest = position + least
        while end > shortest {
          if let result = run(next, text, end, wholeText: wholeText) { return result }
          end -= 1
        }
        position = shortest
        step = next
      }
    }
  }
}
