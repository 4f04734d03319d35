import Foundation
import Recipe

/// Reads a filter's text from left to right. What is wrong is kept, and reading goes on: a filter works while it is typed.
struct RunFilterParser {
  enum Operator: String, CaseIterable {
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case has = ":"
    case equal = "="
    case under = "<"
    case over = ">"

    var isOrder: Bool { [.atMost, .atLeast, .under, .over].contains(self) }
  }

  private typealias Test = @Sendable (RunFilterField.Value?) -> Bool

  private let characters: [Character]
  private var place = 0
  /// The first one.
  private(set) var problem: RunFilter.Problem?

  init(_ text: String) { characters = Array(text) }

  private mutating func note(_ position: Int, _ text: String) {
    if problem == nil { problem = RunFilter.Problem(position: position, text: text) }
  }

  mutating func terms() -> [RunFilter.Term] {
    var terms: [RunFilter.Term] = []
    while true {
      while place < characters.count, characters[place].isWhitespace { place += 1 }
      guard place < characters.count else { return terms }
      if let term = term() { terms.append(term) }
    }
  }

  /// Nil for one that cannot be understood.
  private mutating func term() -> RunFilter.Term? {
    var isNegated = false
    if characters[place] == "-" {
      isNegated = true
      place += 1
      guard place < characters.count, !characters[place].isWhitespace else {
        note(place - 1, "a hyphen stands before what is to be left out: -tag:x, -failed")
        return nil
      }
    }
    if characters[place] == "\"" {
      let words = quoted()
      guard !words.isEmpty else { return nil }
      return RunFilter.Term(isNegated: isNegated, test: RunFilter.words(words, isQuoted: true))
    }
    let start = place
    while place < characters.count, !characters[place].isWhitespace, operatorHere == nil, characters[place] != "\"" {
      place += 1
    }
    let word = String(characters[start..<place])
    guard let sign = operatorHere else {
      return RunFilter.Term(isNegated: isNegated, test: RunFilter.words(word, isQuoted: false))
    }
    place += sign.rawValue.count
    let values = values()
    guard !word.isEmpty else {
      note(
        start, "a field's name stands before \(sign.rawValue): score>0.9; words with such signs go in quotation marks")
      return nil
    }
    guard let field = RunFilterField.named(word) else {
      note(start, Self.unknown(word))
      return nil
    }
    guard let test = test(field, sign, values) else { return nil }
    return RunFilter.Term(isNegated: isNegated) { run in test(field.read(run)) }
  }

  private var operatorHere: Operator? {
    Operator.allCases.first { sign in
      let end = place + sign.rawValue.count
      return end <= characters.count && String(characters[place..<end]) == sign.rawValue
    }
  }

  private static func unknown(_ word: String) -> String {
    let near = RunFilterField.near(word)
    let hint =
      near.isEmpty
      ? "there are id, data, targets, state, score, loss, overhead, p50, params … and every setting (rank, lr, seed …)"
      : "\(near.joined(separator: ", ")) \(near.count == 1 ? "is" : "are") known"
    return "no field “\(OneLine.name(word))”: \(hint); words with : or = go in quotation marks"
  }

  /// From a quotation mark to the next.
  private mutating func quoted() -> String {
    let start = place
    place += 1
    let first = place
    while place < characters.count, characters[place] != "\"" { place += 1 }
    let text = String(characters[first..<place])
    if place < characters.count { place += 1 } else { note(start, "the quotation mark is not closed") }
    return text
  }

  private struct Written {
    var text: String
    var position: Int
    var isQuoted = false
  }

  /// What follows an operator: values with commas between them.
  private mutating func values() -> [Written] {
    var values: [Written] = []
    var current = Written(text: "", position: place)
    while place < characters.count, !characters[place].isWhitespace {
      if characters[place] == "\"" {
        current.isQuoted = true
        current.text += quoted()
      } else if characters[place] == "," {
        values.append(current)
        place += 1
        current = Written(text: "", position: place)
      } else {
        current.text.append(characters[place])
        place += 1
      }
    }
    return values + [current]
  }

  // MARK: Conditions

  /// Nil where a value cannot be one of the field's.
  private mutating func test(_ field: RunFilterField, _ sign: Operator, _ values: [Written]) -> Test? {
    if let empty = values.first(where: { $0.text.isEmpty && !$0.isQuoted }) {
      note(empty.position, "\(field.name)\(sign.rawValue) what? \(field.example)")
      return nil
    }
    if sign.isOrder {
      guard case .number = field.kind else {
        note(values[0].position, "\(field.name) has no order: \(field.example)")
        return nil
      }
      guard values.count == 1 else {
        note(values[1].position, "one number follows \(sign.rawValue): \(field.example)")
        return nil
      }
    }
    var alternatives: [Test] = []
    for value in values {
      if !sign.isOrder, !value.isQuoted, value.text.lowercased() == "none" {
        alternatives.append { $0 == nil }
        continue
      }
      guard let test = test(field, sign, value) else { return nil }
      alternatives.append(test)
    }
    let any = alternatives
    if sign == .notEqual { return { value in !any.contains { $0(value) } } }
    return { value in any.contains { $0(value) } }
  }

  /// For `!=` the test of the equal.
  private mutating func test(_ field: RunFilterField, _ sign: Operator, _ value: Written) -> Test? {
    switch field.kind {
    case .text: return Self.text(value.text, isWhole: sign != .has)
    case .targets:
      if let wanted = try? Targets(parsing: value.text), !wanted.isEmpty {
        return { found in
          guard case .targets(let own)? = found else { return false }
          return sign == .has ? own.contains(wanted) : own == wanted
        }
      }
      // While a name is being typed, and `base`.
      let word = FoldedWord(value.text)
      let answers = RunFilter.Answers<Targets>()
      return { found in
        guard case .targets(let own)? = found else { return false }
        return answers.of(own) { word.fits($0.label, isWhole: sign != .has) }
      }
    case .choice(let words):
      let word = value.text.lowercased()
      guard words.contains(where: { sign == .has ? $0.lowercased().contains(word) : $0.lowercased() == word }) else {
        note(value.position, "\(field.name) is never “\(OneLine.name(value.text))”: \(words.joined(separator: ", "))")
        return nil
      }
      return Self.text(word, isWhole: sign != .has)
    case .flag(let off, let on):
      let word = value.text.lowercased()
      let isOn = [on.lowercased(), "yes", "true", "on"].contains(word)
      guard isOn || [off.lowercased(), "no", "false", "off"].contains(word) else {
        note(value.position, "\(field.name) is \(on) or \(off), not “\(OneLine.name(value.text))”")
        return nil
      }
      return { if case .flag(let flag)? = $0 { flag == isOn } else { false } }
    case .number(let unit): return numberTest(field, unit, sign, value)
    }
  }

  private static func text(_ wanted: String, isWhole: Bool) -> Test {
    let word = FoldedWord(wanted)
    return { found in
      guard case .texts(let texts)? = found else { return false }
      return texts.contains { word.fits($0, isWhole: isWhole) }
    }
  }

  private mutating func numberTest(
    _ field: RunFilterField, _ unit: RunFilterField.Unit, _ sign: Operator, _ value: Written
  ) -> Test? {
    let ends = value.text.components(separatedBy: "..")
    let isRange = ends.count == 2 && !sign.isOrder
    let numbers = (isRange ? ends : [value.text]).map { Self.number($0, unit) }
    guard let low = numbers[0], let high = numbers[numbers.count - 1] else {
      note(value.position, "“\(OneLine.name(value.text))” is no \(Self.noun(unit)): \(field.example)")
      return nil
    }
    if case .share = unit, low > 1 || high > 1 {
      note(value.position, "\(field.name) is a share: write 0.9 or 90%, not \(OneLine.name(value.text))")
      return nil
    }
    if isRange, low > high {
      note(value.position, "the range \(OneLine.name(value.text)) goes downwards: the lower end comes first")
      return nil
    }
    var isDay = false
    if case .day = unit { isDay = true }
    let compare: @Sendable (Double) -> Bool =
      switch sign {
      case .has, .equal, .notEqual:
        { number in number >= low && number <= high || Self.isNearly(number, low) || Self.isNearly(number, high) }
      case .under: { $0 < low && !Self.isNearly($0, low) }
      case .atMost: { $0 < low || Self.isNearly($0, low) }
      case .over: { $0 > low && !Self.isNearly($0, low) }
      case .atLeast: { $0 > low || Self.isNearly($0, low) }
      }
    return { [isDay] found in
      guard case .number(let number)? = found else { return false }
      return isDay ? Self.day(number, sign, low, high) : compare(number)
    }
  }

  /// What was stored in single precision, or printed with a few digits, is still the number that was meant.
  private static func isNearly(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * max(abs(a), abs(b)) }

  /// Days are compared as days, whatever the hour.
  private static func day(_ time: Double, _ sign: Operator, _ low: Double, _ high: Double) -> Bool {
    let day = (time / 86_400).rounded(.down) * 86_400
    return switch sign {
    case .has, .equal, .notEqual: day >= low && day <= high
    case .under: day < low
    case .atMost: day <= low
    case .over: day > low
    case .atLeast: day >= low
    }
  }

  // MARK: Numbers

  /// Nil for what is no number of that unit.
  private static func number(_ text: String, _ unit: RunFilterField.Unit) -> Double? {
    var text = Substring(text.lowercased())
    if case .day = unit { return day(String(text)) }
    func take(_ suffixes: String...) -> Bool {
      guard let suffix = suffixes.first(where: { text.hasSuffix($0) }) else { return false }
      text.removeLast(suffix.count)
      return true
    }
    var factor = 1.0
    switch unit {
    case .share: if take("%") { factor = 0.01 }
    case .percent: _ = take("%")
    case .milliseconds:
      if take("µs", "us") { factor = 1e-3 } else if !take("ms"), take("s") { factor = 1000 }
    case .plain:
      if take("k") { factor = 1e3 } else if take("m") { factor = 1e6 } else if take("g") { factor = 1e9 }
    case .day: break
    }
    // Double reads hexadecimal numbers, `inf` and `nan` too, which nobody means here.
    guard text.allSatisfy({ "0123456789.+-e".contains($0) }), let number = Double(text), number.isFinite else {
      return nil
    }
    let scaled = number * factor
    return scaled.isFinite ? scaled : nil
  }

  /// The first second of a day, UTC.
  private static func day(_ text: String) -> Double? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, let year = Int(parts[0]), let month = Int(parts[1]),
      let day = Int(parts[2]), (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    // Days since 1970 in the Gregorian calendar: https://howardhinnant.github.io/date_algorithms.html#days_from_civil.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    return Double(days) * 86_400
  }

  private static func noun(_ unit: RunFilterField.Unit) -> String {
    switch unit {
    case .plain, .percent: "number"
    case .share: "share"
    case .milliseconds: "time"
    case .day: "day"
    }
  }
}
