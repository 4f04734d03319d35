/// Why the engine did not do what it was asked to: one line for the person, and the status with which a verb ends.
///
/// Both come from the place that knows, so that a wrong number is a usage error whoever finds it.
public struct Refusal: ExitStatusError, Hashable, ExpressibleByStringInterpolation {
  /// What, where, and what to do.
  public let line: String
  /// As `sysexits.h`: 64 usage, 65 bad data, 66 missing input, 69 unavailable, 73 cannot create, 74 input or output.
  public let exitStatus: Int32

  public init(_ line: String, exitStatus: Int32) {
    self.line = line
    self.exitStatus = exitStatus
  }

  /// A refusal of this program's own state rather than of what was given to it.
  public init(stringLiteral line: String) { self.init(line, exitStatus: 65) }

  public var description: String { line }
}

/// What every error of this program offers: one line for the person (what, where, what to do), and the status with which a verb
/// that ends in it ends. Both come from the place that knows, so nobody further up has to guess.
public protocol ExitStatusError: Error, CustomStringConvertible, Sendable {
  /// As `sysexits.h`: 64 usage, 65 bad data, 66 missing input, 69 missing on this machine, 73 cannot create, 74 input or output.
  var exitStatus: Int32 { get }
}

/// Text that strangers wrote (file names, data, outputs, messages of other programs), made harmless to look at.
///
/// What could command a terminal or turn a line around is written as its number, `<U+001B>`: controls, format
/// characters, bidirectional marks, tags, and what does not show at all. Joiners and the selectors that make an emoji
/// stay, for they belong to words and faces.
package enum OneLine {
  /// Line ends and tabs become spaces: for names, cells, messages.
  package static func text(_ text: String) -> String { cleaned(text, keepsLines: false) }

  /// Lines and tabs stay: for examples, outputs and whole tables.
  package static func lines(_ text: String) -> String { cleaned(text, keepsLines: true) }

  /// A name from a file on one line of readable length.
  package static func name(_ name: String) -> String {
    let mostScalars = 200
    let isLong = name.unicodeScalars.count > mostScalars
    guard isLong else { return text(name) }
    return text(String(String.UnicodeScalarView(name.unicodeScalars.prefix(mostScalars)))) + "…"
  }

  /// Whether a scalar shows nothing, or does something, where it stands.
  package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7f: false
    case 0..<0x20, 0x7f..<0xa0: true
    case 0x2028, 0x2029: true
    // Joiners are part of words in Persian and Hindi, and of emoji; variation selectors are looked at in their place.
    case 0x200c, 0x200d, 0xfe00...0xfe0f: false
    // Latin letters, and the dashes and quotation marks that are most of what is not ASCII here, without a look into Unicode's tables.
    case 0xa0..<0xad, 0xae..<0x300, 0x2010..<0x2028: false
    default:
      scalar.properties.generalCategory == .format || scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  private static func cleaned(_ text: String, keepsLines: Bool) -> String {
    var text = text
    let isPlain = text.withUTF8 { bytes in
      bytes.allSatisfy { ($0 >= 0x20 && $0 < 0x7f) || (keepsLines && ($0 == 0x0a || $0 == 0x09)) }
    }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    // What a variation selector may follow: something that shows, and not another selector.
    var isBase = false
    for scalar in text.unicodeScalars {
      let isSelector = (0xfe00...0xfe0f).contains(scalar.value)
      switch scalar.value {
      case 0x0a, 0x09:
        result.append(keepsLines ? scalar : " ")
      case 0x0d where !keepsLines, 0x85 where !keepsLines, 0x2028 where !keepsLines, 0x2029 where !keepsLines:
        result.append(" ")
      case _ where isHidden(scalar) || (isSelector && !isBase):
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        result.append(contentsOf: "<U+\(padded)>".unicodeScalars)
      default:
        result.append(scalar)
      }
      isBase = !isSelector && !isHidden(scalar) && scalar != " "
    }
    return String(result)
  }

  /// The same JSON, with what does not show written as escapes. `json` has non-ASCII characters in strings only.
  package static func escapedJSON(_ json: [UInt8]) -> [UInt8] {
    // Every hidden scalar but DEL begins with one of few bytes; most output has none of them.
    guard json.contains(where: { $0 >= 0x7f }) else { return json }
    var result: [UInt8] = []
    result.reserveCapacity(json.count)
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
      if scalar.value >= 0x7f, isHidden(scalar) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
      } else {
        result.append(contentsOf: String(scalar).utf8)
      }
    }
    return result
  }
}

/// How far a name is from those that are known, for "did you mean".
package enum SpellingDistance {
  /// The one or two closest names, if they are as close as a typing error is: a third of the name at most.
  package static func nearest(to name: String, among candidates: [String]) -> [String] {
    let typed = Array(name.lowercased().unicodeScalars.prefix(64))
    let close = candidates.enumerated().map { (distance(typed, Array($1.unicodeScalars)), $0, $1) }
      .filter { $0.0 <= max(1, typed.count / 3) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    guard let best = close.first else { return [] }
    return close.prefix(2).filter { $0.0 == best.0 }.map(\.2)
  }

  /// Levenshtein's: insertions, deletions and replacements.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (i, scalar) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let replaced = diagonal + (scalar == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
