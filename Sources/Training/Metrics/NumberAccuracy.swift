/// Right or wrong by the numbers of the final line: one number, or a row or small table of them, all of which must be right and in order.
///
/// The final line is what a pattern finds; else what follows the marker (`Final:`), as many lines of it as the completion has; else, where the completion
/// has no marker, the last line with a number in it. An output without marker, or without a number, does not parse. A number is right if it
/// rounds to the completion's; thousands separators, percent, currency and scale words are read. An answer
/// without any number is compared as text.
public struct NumberAccuracy: Metric {
  public let marker: String
  public let pattern: AnswerPattern?
  /// Whether the final line may be a sentence with other numbers before and after the right ones.
  public let isWithin: Bool

  public init(marker: String = "Final:", pattern: AnswerPattern? = nil, isWithin: Bool = false) {
    self.marker = marker
    self.pattern = pattern
    self.isWithin = isWithin
  }

  public var name: String { isWithin ? "number accuracy (within the final line)" : "number accuracy" }

  public func check() throws { try pattern?.check() }

  public func score(output: String, example: Example) -> ExampleScore {
    let goldText = finalText(of: example.completion, lines: nil) ?? Substring(example.completion)
    let lines = goldText.split(separator: "\n", omittingEmptySubsequences: false).count
    let usesMarker = pattern == nil && lastMarker(in: example.completion) != nil
    let found = usesMarker ? afterMarker(in: output, lines: lines) : finalText(of: output, lines: lines)
    let gold = NumberReading.numbers(in: goldText)
    guard !gold.isEmpty else { return text(goldText, found: found, output: output) }
    let numbers = found.map { NumberReading.numbers(in: $0) } ?? []
    let isRight = isWithin ? Self.contains(numbers, gold) : Self.equal(numbers[...], gold)
    let isLenient = isRight || Self.contains(NumberReading.numbers(in: output), gold)
    return ExampleScore(value: isRight ? 1 : 0, parsed: !numbers.isEmpty, lenient: isLenient ? 1 : 0)
  }

  private static func contains(_ found: [StatedNumber], _ gold: [StatedNumber]) -> Bool {
    found.indices.contains { equal(found[$0...].prefix(gold.count), gold) }
  }

  private static func equal(_ found: ArraySlice<StatedNumber>, _ gold: [StatedNumber]) -> Bool {
    found.count == gold.count && zip(found, gold).allSatisfy { $0.states($1) }
  }

  private func text(_ gold: Substring, found: Substring?, output: String) -> ExampleScore {
    let wanted = TextNormalisation.normalised(String(gold))
    let given = found.map { TextNormalisation.normalised(String($0)) }
    let isRight = given == wanted
    let everywhere = TextNormalisation.normalised(output)
    let isLenient = isRight || TextSearch.containsWords(wanted, in: everywhere)
    return ExampleScore(value: isRight ? 1 : 0, parsed: given?.isEmpty == false, lenient: isLenient ? 1 : 0)
  }

  private func lastMarker(in text: String) -> Range<String.Index>? { TextSearch.ranges(of: marker, in: text).last }

  /// What the answer is read from; nil where nothing of that kind is there.
  private func finalText(of text: String, lines: Int?) -> Substring? {
    if let pattern { return pattern.answer(in: text).map { $0[...] } }
    if lastMarker(in: text) != nil { return afterMarker(in: text, lines: lines) }
    return text.split(separator: "\n").last { !NumberReading.numbers(in: $0).isEmpty }
  }

  /// The rest of the marker's line and the lines below it, up to an empty one or to `lines`.
  private func afterMarker(in text: String, lines: Int?) -> Substring? {
    guard let range = lastMarker(in: text) else { return nil }
    let rest = text[range.upperBound...].drop { $0 == " " }
    var end = rest.startIndex
    var count = 0
    for line in rest.split(separator: "\n", omittingEmptySubsequences: false) {
      if count > 0, line.allSatisfy(\.isWhitespace) { break }
      if let lines, count == lines { break }
      end = line.endIndex
      count += 1
    }
    return rest[..<end]
  }
}

/// A number as a text states it: `-1,234.50`, `($12.5)`, `7 %`, `1.2 million`.
struct StatedNumber: Equatable {
  /// As it is written, its sign included, before percent or scale.
  var value: Double
  /// Digits after the point.
  var decimals: Int
  /// What the unit behind it multiplies by: 0.01 for percent, a thousand, a million, …; nil without one.
  var unit: Double?

  /// Whether this rounds to `gold`: off by at most half a unit of gold's last decimal, and by nothing where gold is whole. A unit that only one
  /// of them states is not held against them, as tables state it once for all figures.
  func states(_ gold: StatedNumber) -> Bool {
    if Self.isClose(value, gold, scale: 1), unit == gold.unit || unit == nil || gold.unit == nil { return true }
    let scale = gold.unit ?? 1
    return unit != gold.unit && Self.isClose(value * (unit ?? 1), gold, scale: scale)
  }

  private static func isClose(_ value: Double, _ gold: StatedNumber, scale: Double) -> Bool {
    let half = gold.decimals > 0 ? 0.5 * Self.power(gold.decimals) * scale : 0
    let wanted = gold.value * scale
    // Decimal fractions have no exact binary form.
    return abs(value - wanted) <= half + 1e-9 * max(1, abs(wanted))
  }

  private static func power(_ decimals: Int) -> Double { (0..<decimals).reduce(1.0) { power, _ in power / 10 } }
}

/// Finds the numbers of a text, left to right. Understood are thousands with commas or fixed spaces, decimals, exponents, minus signs before the
/// number or its currency, an accountant's parentheses, percent, and thousand to trillion in words or as k, m, bn. A number
/// within a word (`Q3`) and an ordinal (`2nd`) are none.
struct NumberReading {
  static func numbers(in text: some StringProtocol) -> [StatedNumber] {
    var reading = NumberReading(text: Array(text))
    return reading.all()
  }

  private let text: [Character]
  private var place = 0

  private init(text: [Character]) { self.text = text }

  private static let currencies: Set<Character> = ["$", "€", "£", "¥", "₹"]
  private static let minus: Set<Character> = ["-", "−", "–"]
  /// Within a number only: no-break space, narrow no-break space, thin space.
  private static let fixedSpaces: Set<Character> = ["\u{A0}", "\u{202F}", "\u{2009}"]
  private static let units: [(name: String, value: Double)] = [
    ("percent", 0.01), ("per cent", 0.01), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9), ("trillion", 1e12),
    ("mn", 1e6), ("bn", 1e9), ("tn", 1e12), ("k", 1e3), ("m", 1e6), ("b", 1e9),
  ]

  private mutating func all() -> [StatedNumber] {
    var numbers: [StatedNumber] = []
    while place < text.count {
      let start = place
      guard startsNumber(), let number = number(from: start) else {
        place = max(place, start + 1)
        continue
      }
      numbers.append(number)
    }
    return numbers
  }

  private func character(_ index: Int) -> Character? { text.indices.contains(index) ? text[index] : nil }

  private func isDigit(_ index: Int) -> Bool { character(index).map { "0"..."9" ~= $0 } ?? false }

  private func isLetter(_ index: Int) -> Bool { character(index).map { $0.isLetter || $0 == "_" } ?? false }

  private func startsNumber() -> Bool {
    // A digit behind a digit here is the rest of a word that was passed over.
    if isDigit(place) { return !isLetter(place - 1) && !isDigit(place - 1) }
    return text[place] == "." && isDigit(place + 1) && !isDigit(place - 1) && !isLetter(place - 1)
  }

  /// Leaves `place` behind the number, or behind the word that it is part of.
  private mutating func number(from start: Int) -> StatedNumber? {
    var digits = wholePart()
    var decimals = 0
    if character(place) == ".", isDigit(place + 1) {
      digits += "."
      place += 1
      while isDigit(place) {
        digits.append(text[place])
        decimals += 1
        place += 1
      }
    }
    let exponent = self.exponent()
    guard var value = Double(digits + (exponent.isEmpty ? "" : "e" + exponent)), value.isFinite else { return nil }
    if isOrdinal() {
      while isLetter(place) { place += 1 }
      return nil
    }
    let unit = unit()
    if isNegative(start: start) { value = -value }
    // A Double has no decimals beyond these.
    let shift = max(-400, min(400, Int(exponent) ?? 0))
    return StatedNumber(value: value, decimals: max(0, decimals - shift), unit: unit)
  }

  /// Digits, in groups of three after a separator.
  private mutating func wholePart() -> String {
    var digits = ""
    while isDigit(place) {
      digits.append(text[place])
      place += 1
    }
    guard (1...3).contains(digits.count) else { return digits.isEmpty ? "0" : digits }
    while let separator = character(place), separator == "," || Self.fixedSpaces.contains(separator),
      (1...3).allSatisfy({ isDigit(place + $0) }), !isDigit(place + 4)
    {
      digits += String(text[place + 1...place + 3])
      place += 4
    }
    return digits
  }

  private mutating func exponent() -> String {
    guard character(place) == "e" || character(place) == "E" else { return "" }
    let sign = character(place + 1).flatMap { "+-".contains($0) ? $0 : nil }
    let first = place + (sign == nil ? 1 : 2)
    var end = first
    while isDigit(end) { end += 1 }
    guard end > first, !isLetter(end) else { return "" }
    defer { place = end }
    return (sign == "-" ? "-" : "") + String(text[first..<end])
  }

  private func isOrdinal() -> Bool {
    ["st", "nd", "rd", "th"].contains { word in startsWord(word, at: place) }
  }

  /// Whether a word that ends there stands there, in any case.
  private func startsWord(_ word: String, at index: Int) -> Bool {
    let end = index + word.count
    guard end <= text.count, !isLetter(end) else { return false }
    return String(text[index..<end]).lowercased() == word
  }

  private mutating func unit() -> Double? {
    let spaces = character(place) == " " || character(place).map { Self.fixedSpaces.contains($0) } == true ? 1 : 0
    if character(place + spaces) == "%" {
      place += spaces + 1
      return 0.01
    }
    for (name, value) in Self.units where startsWord(name, at: place + spaces) {
      // A letter that stands apart is a word of its own.
      if name.count == 1, spaces > 0 { continue }
      place += spaces + name.count
      return value
    }
    return nil
  }

  private func isNegative(start: Int) -> Bool {
    var before = start - 1
    while let sign = character(before), Self.currencies.contains(sign) || (sign == " " && isCurrency(before - 1)) {
      before -= 1
    }
    guard let sign = character(before) else { return false }
    if Self.minus.contains(sign) {
      // Between two numbers or after a word it is a dash.
      return !isDigit(before - 1) && !isLetter(before - 1)
    }
    return sign == "(" && character(place) == ")" && !isLetter(before - 1)
  }

  private func isCurrency(_ index: Int) -> Bool { character(index).map { Self.currencies.contains($0) } ?? false }
}
