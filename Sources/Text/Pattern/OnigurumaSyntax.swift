/// Rewrites a pattern from Oniguruma's Ruby syntax to PCRE2's, so that it matches the same.
///
/// Most of a pattern is the same in both. What differs and is rewritten: `\s` and `\w` (other sets of characters), `\h` and `\v`
/// (other meanings), `\u`, names in `\p{…}` (a script means the script alone, not its extensions), `(?m)`, `{,n}`, and `{n,m}+`,
/// which repeats and is not possessive. What differs and is rarer is refused by name.
struct OnigurumaSyntax {
  private let source: String
  private let input: [UInt8]
  private var position = 0
  private var output: [UInt8] = []
  /// Where in the output the latest element begins, which a quantifier would repeat.
  private var element: Int?
  private var groups: [Int] = []
  /// At the beginning of an alternative.
  private var isAtStart = true

  static func translate(_ source: String) throws(PatternError) -> [UInt8] {
    var syntax = OnigurumaSyntax(source: source, input: Array(source.utf8))
    try syntax.run()
    return syntax.output
  }

  private init(source: String, input: [UInt8]) {
    self.source = source
    self.input = input
  }

  private func refusal(_ what: String) -> PatternError {
    PatternError(pattern: source, reason: "\(what) is not supported")
  }

  private func byte(_ distance: Int = 0) -> UInt8? {
    position + distance < input.count ? input[position + distance] : nil
  }

  private func hasPrefix(_ text: StaticString) -> Bool {
    (0..<text.utf8CodeUnitCount).allSatisfy { byte($0) == text.utf8Start[$0] }
  }

  private mutating func emit(_ text: String) { output += Array(text.utf8) }

  /// Copies one character.
  private mutating func copy() {
    repeat {
      output.append(input[position])
      position += 1
    } while byte().map { $0 & 0xC0 == 0x80 } ?? false
  }

  private mutating func run() throws(PatternError) {
    while let next = byte() {
      let wasAtStart = isAtStart
      isAtStart = false
      switch next {
      case UInt8(ascii: "\\"):
        element = output.count
        try escape(inClass: false)
      case UInt8(ascii: "["):
        element = output.count
        try characterClass()
      case UInt8(ascii: "("): try open(isAtStart: wasAtStart)
      case UInt8(ascii: ")"):
        element = groups.popLast()
        copy()
      case UInt8(ascii: "|"):
        element = nil
        isAtStart = true
        copy()
      case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
        copy()
        if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "?") { copy() }
      case UInt8(ascii: "{"): try interval()
      default:
        element = output.count
        copy()
      }
    }
  }

  private mutating func open(isAtStart wasAtStart: Bool) throws(PatternError) {
    let start = output.count
    if hasPrefix("(*") { throw refusal("(*") }
    guard hasPrefix("(?") else {
      groups.append(start)
      isAtStart = true
      return copy()
    }
    for opening: StaticString in ["(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "(?#"] where hasPrefix(opening) {
      for _ in 0..<opening.utf8CodeUnitCount { copy() }
      if opening.utf8Start[2] == UInt8(ascii: "#") {
        while let next = byte(), next != UInt8(ascii: ")") { copy() }
      }
      groups.append(start)
      isAtStart = true
      return
    }
    var length = 2
    var flags = "(?"
    while let next = byte(length), next != UInt8(ascii: ":"), next != UInt8(ascii: ")") {
      switch next {
      case UInt8(ascii: "i"), UInt8(ascii: "x"), UInt8(ascii: "-"): flags.unicodeScalars.append(Unicode.Scalar(next))
      case UInt8(ascii: "m"): flags += "s"  // Ruby's m lets the dot match line ends.
      default: throw refusal("(?\(Character(Unicode.Scalar(next)))")
      }
      length += 1
    }
    guard let last = byte(length) else { throw refusal("a group without end") }
    let isIsolated = last == UInt8(ascii: ")")
    if isIsolated, !wasAtStart { throw refusal("a flag within an alternative") }
    emit(flags)
    position += length
    copy()
    isAtStart = true
    element = nil
    if !isIsolated { groups.append(start) }
  }

  /// `{n}`, `{n,}`, `{,m}`, `{n,m}`; anything else is text.
  private mutating func interval() throws(PatternError) {
    var length = 1
    var digits = [0, 0]
    var commas = 0
    while let next = byte(length), next == UInt8(ascii: ",") || (0x30...0x39).contains(next), commas < 2 {
      if next == UInt8(ascii: ",") { commas += 1 } else { digits[min(commas, 1)] += 1 }
      length += 1
    }
    guard byte(length) == UInt8(ascii: "}"), commas < 2, digits[0] + digits[1] > 0 else {
      element = output.count
      emit("\\")
      return copy()
    }
    let isOpenBelow = digits[0] == 0
    copy()
    if isOpenBelow { emit("0") }
    for _ in 0..<length { copy() }
    if byte() == UInt8(ascii: "?") {
      if commas == 0 { throw refusal("{n}?") }
      copy()
    } else if byte() == UInt8(ascii: "+"), let element {
      output.insert(contentsOf: Array("(?:".utf8), at: element)
      emit(")")
    }
  }

  private mutating func characterClass() throws(PatternError) {
    copy()
    if byte() == UInt8(ascii: "^") { copy() }
    if byte() == UInt8(ascii: "]") { copy() }
    while let next = byte() {
      switch next {
      case UInt8(ascii: "]"): return copy()
      case UInt8(ascii: "["): throw refusal("[ within a character class, unless written \\[,")
      case UInt8(ascii: "&") where byte(1) == UInt8(ascii: "&"): throw refusal("&& in a character class")
      case UInt8(ascii: "\\"): try escape(inClass: true)
      default: copy()
      }
    }
  }

  /// Unicode's White_Space, which `\s` is in Oniguruma; PCRE2's holds U+180E too.
  private static let space = #"\t-\r\x{85}\p{Z}"#
  private static let word = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"#
  private static let hexadecimal = "0-9A-Fa-f"

  private mutating func escape(inClass: Bool) throws(PatternError) {
    guard let letter = byte(1) else { throw refusal("a \\ at the end") }
    func set(_ members: String, negated: Bool) throws(PatternError) -> String {
      if inClass, negated { throw refusal("\\\(Character(Unicode.Scalar(letter))) in a character class") }
      return inClass ? members : negated ? "[^\(members)]" : "[\(members)]"
    }
    var replacement: String?
    switch letter {
    case UInt8(ascii: "s"): replacement = try set(Self.space, negated: false)
    case UInt8(ascii: "S"): replacement = inClass ? #"\S\x{180E}"# : "[^\(Self.space)]"
    case UInt8(ascii: "w"): replacement = try set(Self.word, negated: false)
    case UInt8(ascii: "W"): replacement = try set(Self.word, negated: true)
    case UInt8(ascii: "h"): replacement = try set(Self.hexadecimal, negated: false)
    case UInt8(ascii: "H"): replacement = try set(Self.hexadecimal, negated: true)
    case UInt8(ascii: "v"): replacement = #"\x{0B}"#
    case UInt8(ascii: "p"), UInt8(ascii: "P"): return try property()
    case UInt8(ascii: "u"):
      let digits = input[min(position + 2, input.count)..<min(position + 6, input.count)]
      guard digits.count == 4, digits.allSatisfy(Self.isHexadecimal) else { throw refusal("\\u without four digits") }
      emit("\\x{" + String(decoding: digits, as: UTF8.self) + "}")
      position += 6
      return
    case UInt8(ascii: "x"):
      // Two digits are a byte there, a character here.
      if byte(2) != UInt8(ascii: "{"), let next = byte(2), !(0x30...0x37).contains(next) {
        throw refusal("\\x with a byte beyond ASCII")
      }
    case UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"),
      UInt8(ascii: "f"), UInt8(ascii: "a"), UInt8(ascii: "e"):
      break
    case UInt8(ascii: "A"), UInt8(ascii: "z"), UInt8(ascii: "Z"), UInt8(ascii: "G"):
      if inClass { throw refusal("\\\(Character(Unicode.Scalar(letter))) in a character class") }
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: throw refusal("\\\(Character(Unicode.Scalar(letter)))")
    default:
      if letter >= 0x80 {
        position += 1
        return copy()
      }
    }
    if let replacement {
      emit(replacement)
      position += 2
    } else {
      copy()
      copy()
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte < 0x80 && Character(Unicode.Scalar(byte)).isHexDigit
  }

  private static let categories = [
    "letter": "L", "mark": "M", "number": "N", "punctuation": "P", "symbol": "S", "separator": "Z", "other": "C",
    "uppercaseletter": "Lu", "lowercaseletter": "Ll", "titlecaseletter": "Lt", "modifierletter": "Lm",
    "otherletter": "Lo",
    "nonspacingmark": "Mn", "spacingmark": "Mc", "enclosingmark": "Me", "decimalnumber": "Nd", "letternumber": "Nl",
    "othernumber": "No", "control": "Cc", "format": "Cf", "alpha": "Alphabetic", "alphabetic": "Alphabetic",
    "any": "Any",
    "emoji": "Emoji", "ideographic": "Ideographic", "whitespace": "White_Space",
  ]

  /// `\p{…}` and `\P{…}`.
  private mutating func property() throws(PatternError) {
    guard byte(2) == UInt8(ascii: "{"), let end = input[position...].firstIndex(of: UInt8(ascii: "}")) else {
      throw refusal("\\p without {…}")
    }
    var name = String(decoding: input[(position + 3)..<end], as: UTF8.self)
    var negated = byte(1) == UInt8(ascii: "P")
    position = end + 1
    if name.hasPrefix("^") {
      negated.toggle()
      name.removeFirst()
    }
    let plain = name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    let translated: String
    if let known = Self.categories[plain] {
      translated = known
    } else if plain.utf8.count <= 2 {
      translated = plain.prefix(1).uppercased() + plain.dropFirst()
    } else {
      translated = "sc:" + name
    }
    emit("\\\(negated ? "P" : "p"){\(translated)}")
  }
}
