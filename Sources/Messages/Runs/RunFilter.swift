import Recipe
import Synchronization

/// Which runs are shown: words, and conditions on any field of a run, all of which must hold.
///
/// `data:cocohd targets:o_proj score>0.9 -tag:bad "free words"`. A condition is a field's name, one of `: = != < <= > >=` and a value;
/// several values with commas are alternatives, numbers have ranges (`rank=8..64`), `none` is where there is no value, and a hyphen
/// before a word or a condition turns it around. A run without the value fits no condition on it, and so every negated one.
/// A bare word is looked for in names; `#12` is a run's number, `F` the hex digit of a set of modules, `s0` a seed.
package struct RunFilter: Sendable {
  struct Term: Sendable {
    var isNegated: Bool
    var test: @Sendable (RunSummary) -> Bool
  }

  /// What is wrong with a filter's text, and where.
  package struct Problem: Error, Hashable, Sendable {
    /// Characters before the place.
    package var position: Int
    package var text: String

    /// One line, with the place as people count it.
    package var line: String { "column \(position + 1): \(text)" }
  }

  let terms: [Term]

  /// It lets every run pass.
  package var isEmpty: Bool { terms.isEmpty }

  package func matches(_ run: RunSummary) -> Bool { terms.allSatisfy { $0.test(run) != $0.isNegated } }

  /// - Throws: the first thing that is wrong with it.
  package init(_ text: String) throws(Problem) {
    let (filter, problem) = Self.reading(text)
    if let problem { throw problem }
    self = filter
  }

  init(terms: [Term]) { self.terms = terms }

  /// What can be understood of a text that is being typed, and the first thing that cannot.
  package static func reading(_ text: String) -> (filter: RunFilter, problem: Problem?) {
    var parser = RunFilterParser(text)
    let terms = parser.terms()
    return (RunFilter(terms: terms), parser.problem)
  }
}

// MARK: Words

extension RunFilter {
  /// A bare word, or words in quotation marks: `isQuoted` looks for them as they stand.
  static func words(_ text: String, isQuoted: Bool) -> @Sendable (RunSummary) -> Bool {
    let word = text.lowercased()
    if !isQuoted {
      if word.hasPrefix("#"), let id = RunID(word.dropFirst()) { return { $0.id == id } }
      if word.count == 1, case let digit = word.uppercased(), digit.allSatisfy(\.isHexDigit) {
        return { $0.plan.targets.code == digit }
      }
      if word.hasPrefix("s"), let seed = UInt64(word.dropFirst()) { return { $0.plan.settings.seed == seed } }
    }
    let folded = FoldedWord(text)
    func isIn(_ text: String) -> Bool { folded.fits(text, isWhole: false) }
    // Thousands of runs have few models, data sets, sets of modules and states.
    let models = Answers<ModelReference>()
    let data = Answers<DataReference>()
    let sets = Answers<Targets>()
    let states = Set(RunState.allCases.filter { isIn($0.word) || isIn($0.rawValue) })
    let (fitsNaN, fitsTPOT) = (isIn("nan"), isIn("tpot"))
    let isNumber = !word.isEmpty && word.allSatisfy { ("0"..."9").contains($0) }
    return { run in
      if states.contains(run.state) || fitsNaN && run.endedNotFinite || fitsTPOT && run.remeasuring != nil {
        return true
      }
      if isNumber, folded.fits(String(run.id), isWhole: false) { return true }
      let labels = run.labels
      if !labels.isEmpty {
        let written = [labels.name, labels.note].compactMap { $0 } + labels.tags
        if written.contains(where: { folded.fits($0, isWhole: false) }) { return true }
      }
      return sets.of(run.plan.targets) {
        folded.fits($0.label, isWhole: false) || folded.fits($0.cells(), isWhole: false)
      }
        || data.of(run.plan.data) { folded.fits($0.displayName, isWhole: false) }
        || models.of(run.plan.model) { folded.fits($0.displayName, isWhole: false) }
    }
  }

  /// What was found out about values that many runs share.
  final class Answers<Key: Hashable & Sendable>: Sendable {
    private let known = Mutex<[Key: Bool]>([:])

    func of(_ key: Key, _ find: (Key) -> Bool) -> Bool {
      if let answer = known.withLock({ $0[key] }) { return answer }
      let answer = find(key)
      known.withLock { $0[key] = answer }
      return answer
    }
  }
}

// MARK: Completion

extension RunFilter {
  /// What a field is and how it is asked for; nil where the name is no field's.
  package static func about(_ name: String) -> String? {
    RunFilterField.named(name).map { "\($0.about): \($0.example)" }
  }

  /// The names with which the word that ends at the cursor can go on, and the part of the text that they take the place of, in
  /// characters. Nothing where the cursor stands in a value.
  package static func completions(_ text: String, cursor: Int) -> (range: Range<Int>, names: [String]) {
    let characters = Array(text.prefix(cursor))
    guard characters.filter({ $0 == "\"" }).count.isMultiple(of: 2) else { return (cursor..<cursor, []) }
    var start = characters.lastIndex(of: " ").map { $0 + 1 } ?? 0
    if start < characters.count, characters[start] == "-" { start += 1 }
    let word = String(characters[start...]).lowercased()
    guard !word.contains(where: { ":=<>!\"".contains($0) }) else { return valueCompletions(characters, from: start) }
    let names = RunFilterField.all.map(\.name)
    return (start..<cursor, names.filter { $0.hasPrefix(word) })
  }

  /// Words that a field's value can be, where there are only so many.
  private static func valueCompletions(_ characters: [Character], from start: Int) -> (Range<Int>, [String]) {
    let end = characters.count
    guard let mark = characters[start...].firstIndex(where: { ":=".contains($0) }),
      let field = RunFilterField.named(String(characters[start..<mark]))
    else { return (end..<end, []) }
    let first = (characters[(mark + 1)...].lastIndex(of: ",") ?? mark) + 1
    let typed = String(characters[first...]).lowercased()
    let words: [String] =
      switch field.kind {
      case .choice(let words): words
      case .flag(let off, let on): [on, off]
      case .targets: Targets.candidates
      case .text, .number: []
      }
    return (first..<end, words.filter { $0.lowercased().hasPrefix(typed) })
  }
}
