/// Reads the part of the regular-expression language that tokenizers and PEFT configurations use: alternatives, groups
/// (also `(?i:`), classes with `\p{…}`, greedy and possessive repetition of one scalar, optional groups, lookahead, `^`, `$`.
///
/// Anything else is refused by name, so that a pattern is never understood differently from the original.
struct PatternParser {
  private let pattern: String
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false
  private var depth = 0

  static func parse(_ pattern: String) throws(PatternError) -> [[PatternNode]] {
    var parser = PatternParser(pattern)
    // Bounds the depth of recursion when matching.
    guard parser.scalars.count <= 4096 else { throw parser.error("is longer than 4096 characters") }
    let alternatives = try parser.alternatives()
    guard parser.position == parser.scalars.count else { throw parser.error("has an unmatched )") }
    return alternatives
  }

  private init(_ pattern: String) {
    self.pattern = pattern
    scalars = Array(pattern.unicodeScalars)
  }

  private func error(_ reason: String) -> PatternError { PatternError(pattern: pattern, reason: reason) }

  private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard position + wanted.count <= scalars.count, Array(scalars[position..<position + wanted.count]) == wanted else {
      return false
    }
    position += wanted.count
    return true
  }

  private mutating func alternatives() throws(PatternError) -> [[PatternNode]] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 32 else { throw error("is nested more than 32 deep") }
    var result: [[PatternNode]] = [[]]
    while let scalar = current, scalar != ")" {
      if scalar == "|" {
        position += 1
        result.append([])
      } else {
        result[result.count - 1].append(try quantified())
      }
    }
    return result
  }

  private mutating func quantified() throws(PatternError) -> PatternNode {
    let atom = try self.atom()
    guard let bounds = try repetition() else { return atom }
    if take("?") { throw error("uses lazy repetition, which is not supported") }
    let possessive = take("+")
    switch atom {
    case .set(let set, 1, 1, false):
      return .set(set, least: bounds.least, most: bounds.most, possessive: possessive)
    case .group(let alternatives, optional: false) where bounds == (0, 1) && !possessive:
      return .group(alternatives, optional: true)
    default: throw error("repeats a group, which is not supported")
    }
  }

  private mutating func repetition() throws(PatternError) -> (least: Int, most: Int)? {
    if take("*") { return (0, Int.max) }
    if take("+") { return (1, Int.max) }
    if take("?") { return (0, 1) }
    guard current == "{" else { return nil }
    position += 1
    let least = number()
    var most = least
    if take(",") { most = current == "}" ? Int.max : number() }
    guard take("}"), let least, let most, least <= most, least < 1000 else {
      throw error("has a repetition in braces that is not {m}, {m,} or {m,n}")
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = current, let digit = Int(String(scalar)), scalar.isASCII, (value ?? 0) < 100_000 {
      value = (value ?? 0) * 10 + digit
      position += 1
    }
    return value
  }

  private mutating func atom() throws(PatternError) -> PatternNode {
    guard let scalar = current else { throw error("ends too early") }
    position += 1
    switch scalar {
    case "(": return try group()
    case "[": return .set(try characterClass(), least: 1, most: 1, possessive: false)
    case "\\": return .set(ScalarSet(items: [try escape()]), least: 1, most: 1, possessive: false)
    case ".":
      return .set(ScalarSet(items: [.range(10, 10)], negated: true), least: 1, most: 1, possessive: false)
    case "^": return .start
    case "$": return .end
    case "*", "+", "?", "{": throw error("repeats nothing")
    default: return .set(ScalarSet(items: literal(scalar)), least: 1, most: 1, possessive: false)
    }
  }

  private mutating func group() throws(PatternError) -> PatternNode {
    let outer = ignoresCase
    defer { ignoresCase = outer }
    var lookahead: Bool?
    if take("?!") {
      lookahead = true
    } else if take("?=") {
      lookahead = false
    } else if take("?i:") {
      ignoresCase = true
    } else if !take("?:"), current == "?" {
      throw error("has a group (?… of a kind that is not supported")
    }
    let alternatives = try self.alternatives()
    guard take(")") else { throw error("has an unmatched (") }
    if let lookahead { return .lookahead(alternatives, negative: lookahead) }
    return .group(alternatives, optional: false)
  }

  /// A scalar, with the scalars that simple case folding makes equal to it where case is ignored.
  private func literal(_ scalar: Unicode.Scalar) -> [ScalarSet.Item] {
    var values: Set<UInt32> = [scalar.value]
    if ignoresCase {
      for text in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
        let mapped = Array(text.unicodeScalars)
        if mapped.count == 1 { values.insert(mapped[0].value) }
      }
      // The two ASCII letters with a third form: long s and the Kelvin sign.
      if values.contains(0x73) { values.insert(0x17F) }
      if values.contains(0x6B) { values.insert(0x212A) }
    }
    return values.sorted().map { .range($0, $0) }
  }

  private mutating func characterClass() throws(PatternError) -> ScalarSet {
    let negated = take("^")
    var items: [ScalarSet.Item] = []
    var isFirst = true
    while let scalar = current, scalar != "]" || isFirst {
      isFirst = false
      position += 1
      if scalar == "[" { throw error("has a class within a class, which is not supported") }
      if scalar == "&", current == "&" { throw error("intersects classes, which is not supported") }
      let item = scalar == "\\" ? try escape() : .range(scalar.value, scalar.value)
      guard case .range(let first, let single) = item, first == single, current == "-", position + 1 < scalars.count,
        scalars[position + 1] != "]"
      else {
        if ignoresCase, case .range(let value, _) = item, let scalar = Unicode.Scalar(value) {
          items += literal(scalar)
        } else {
          items.append(item)
        }
        continue
      }
      position += 1
      guard let end = current, end != "[" else { throw error("has a wrong range in a class") }
      position += 1
      let last = end == "\\" ? try escape() : .range(end.value, end.value)
      guard case .range(let value, let same) = last, value == same, value >= first else {
        throw error("has a wrong range in a class")
      }
      guard !ignoresCase else { throw error("has a range within (?i:, which is not supported") }
      items.append(.range(first, value))
    }
    guard take("]") else { throw error("has an unmatched [") }
    return ScalarSet(items: items, negated: negated)
  }

  private mutating func escape() throws(PatternError) -> ScalarSet.Item {
    guard let scalar = current else { throw error("ends with a backslash") }
    position += 1
    switch scalar {
    case "s": return .whitespace
    case "S": return .not(.whitespace)
    case "d": return .categories(CategoryBits.named("Nd"))
    case "D": return .not(.categories(CategoryBits.named("Nd")))
    case "w": return .word
    case "W": return .not(.word)
    case "n": return .range(10, 10)
    case "r": return .range(13, 13)
    case "t": return .range(9, 9)
    case "f": return .range(12, 12)
    case "v": return .range(11, 11)
    case "p", "P": return try property(negated: scalar == "P")
    case "x": return try hexadecimal()
    default:
      guard scalar.isASCII, CategoryBits.of(scalar.value) & CategoryBits.word == 0 || scalar == "_" else {
        throw error("uses \\\(scalar), which is not supported")
      }
      return .range(scalar.value, scalar.value)
    }
  }

  private mutating func property(negated: Bool) throws(PatternError) -> ScalarSet.Item {
    var name = ""
    if take("{") {
      while let scalar = current, scalar != "}" {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      guard take("}") else { throw error("has an unmatched {") }
    } else if let scalar = current {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    let bits = CategoryBits.named(name)
    guard bits != 0 else { throw error("uses \\p{\(name)}, which is not supported; general categories are") }
    return negated ? .not(.categories(bits)) : .categories(bits)
  }

  private mutating func hexadecimal() throws(PatternError) -> ScalarSet.Item {
    var digits = ""
    if take("{") {
      while let scalar = current, scalar != "}" {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      position += 1
    } else {
      while let scalar = current, digits.utf8.count < 2 {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
    }
    guard let value = UInt32(digits, radix: 16), Unicode.Scalar(value) != nil else {
      throw error("has a wrong \\x escape")
    }
    return .range(value, value)
  }
}
