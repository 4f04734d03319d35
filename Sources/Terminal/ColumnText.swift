/// Columns of a scalar on a terminal, independent of the locale (Unicode 15 East Asian Width W and F, and general category).
public enum CharacterWidth {
  /// 0 for what combines or does not show, 2 for wide characters, else 1. Controls count 1: they are replaced by a visible sign.
  public static func columns(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return value == 0xad ? 0 : 1 }
    if value < 0x1100 { return isInvisible(scalar) ? 0 : 1 }
    if value <= 0x115f { return 2 }
    if value < 0x2e80 {
      if isInvisible(scalar) { return 0 }
      return emojiBelow2E80.contains(value) ? 2 : 1
    }
    if isWide(value) { return 2 }
    return isInvisible(scalar) ? 0 : 1
  }

  /// Columns of a text after the replacements that `Canvas.put` makes.
  public static func columns(_ text: some StringProtocol) -> Int {
    if let simple = simpleColumns(text) { return simple }
    var total = 0
    for character in text { total += displayed(character).columns }
    return total
  }

  /// The scalar that stands for a character on the canvas, and its columns (0: nothing is drawn).
  /// Controls, escapes among them, become harmless signs, so that no text can command the terminal.
  static func displayed(_ character: Character) -> (scalar: Unicode.Scalar, columns: Int) {
    guard let scalar = character.unicodeScalars.first else { return (" ", 0) }
    if scalar.value >= 0x20 && scalar.value < 0x7f { return (scalar, 1) }
    switch scalar.value {
    case 9, 10, 13, 0x2028, 0x2029: return (" ", 1)
    case 0..<0x20, 0x7f, 0x80..<0xa0: return ("?", 1)
    default: break
    }
    let width = columns(scalar)
    return (scalar, width)
  }

  /// Columns of a text in which every scalar is a character of one column, as nearly all are that the dashboard draws; nil for any
  /// other. Finding where characters end takes many times as long as counting scalars.
  private static func simpleColumns(_ text: some StringProtocol) -> Int? {
    var total = 0
    for scalar in text.unicodeScalars {
      guard isSimple(scalar) else { return nil }
      total += 1
    }
    return total
  }

  /// A character of its own whatever stands beside it, one column wide, and drawn as it is: printable ASCII and Latin, arrows,
  /// mathematical signs, frames, blocks and Braille, and the punctuation that the dashboard writes. Nothing that combines, and nothing that is
  /// wide.
  static func isSimple(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7f, 0xa1...0xa8, 0xaa..<0xad, 0xb0..<0x300, 0x391...0x3c9, 0x2010...0x2027, 0x2190...0x2193,
      0x2200...0x22ff, 0x2500..<0x25fd,
      0x2713, 0x2717, 0x2800...0x28ff:
      true
    default: false
    }
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: true
    default: false
    }
  }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x303f: false
    case 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18aff, 0x1b000...0x1b2ff, 0x1f004, 0x1f0cf,
      0x1f18e,
      0x1f191...0x1f19a, 0x1f200...0x1f320, 0x1f32d...0x1f335, 0x1f337...0x1f37c, 0x1f37e...0x1f393,
      0x1f3a0...0x1f3ca, 0x1f3cf...0x1f3d3, 0x1f3e0...0x1f3f0, 0x1f3f4, 0x1f3f8...0x1f43e, 0x1f440, 0x1f442...0x1f4fc,
      0x1f4ff...0x1f53d, 0x1f54b...0x1f54e, 0x1f550...0x1f567, 0x1f57a, 0x1f595...0x1f596, 0x1f5a4,
      0x1f5fb...0x1f64f, 0x1f680...0x1f6c5, 0x1f6cc, 0x1f6d0...0x1f6d2, 0x1f6d5...0x1f6d7, 0x1f6dc...0x1f6df,
      0x1f6eb...0x1f6ec, 0x1f6f4...0x1f6fc, 0x1f7e0...0x1f7eb, 0x1f7f0, 0x1f90c...0x1f93a, 0x1f93c...0x1f945,
      0x1f947...0x1f9ff, 0x1fa70...0x1faff, 0x20000...0x3fffd:
      true
    default: false
    }
  }

  private static let emojiBelow2E80: Set<UInt32> = [
    0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ea, 0x23eb, 0x23ec, 0x23f0, 0x23f3, 0x25fd, 0x25fe, 0x2614, 0x2615,
    0x2648, 0x2649, 0x264a, 0x264b, 0x264c, 0x264d, 0x264e, 0x264f, 0x2650, 0x2651, 0x2652, 0x2653, 0x267f, 0x2693,
    0x26a1, 0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26d4, 0x26ea, 0x26f2, 0x26f3, 0x26f5, 0x26fa,
    0x26fd, 0x2705, 0x270a, 0x270b, 0x2728, 0x274c, 0x274e, 0x2753, 0x2754, 0x2755, 0x2757, 0x2795, 0x2796, 0x2797,
    0x27b0, 0x27bf, 0x2b1b, 0x2b1c, 0x2b50, 0x2b55,
  ]
}

extension String {
  /// The text, or its beginning with an ellipsis, in at most `columns` columns. A number that does not fit goes as a whole: half a
  /// number reads as another one.
  public func truncated(toColumns columns: Int, ellipsis: Character = "…") -> String {
    guard CharacterWidth.columns(self) > columns else { return self }
    guard columns > 0 else { return "" }
    var result = ""
    var used = 0
    for character in self {
      let width = CharacterWidth.displayed(character).columns
      if used + width > columns - 1 { break }
      result.append(character)
      used += width
    }
    result.removePartOfNumber()
    result.append(ellipsis)
    return result
  }

  /// Its begin and its end with an ellipsis between them: names of files often differ at their ends only.
  public func shortened(toColumns columns: Int, ellipsis: Character = "…") -> String {
    let width = CharacterWidth.columns(self)
    guard width > columns, columns > 6 else { return truncated(toColumns: columns, ellipsis: ellipsis) }
    var tail = ""
    var used = 0
    for character in reversed() {
      let width = CharacterWidth.displayed(character).columns
      if used + width > columns / 2 { break }
      tail.insert(character, at: tail.startIndex)
      used += width
    }
    return truncated(toColumns: columns - used, ellipsis: ellipsis) + tail
  }

  /// The text with the sign that more follows; a blank keeps it off a number, which would read as one that was cut.
  public func continued(_ ellipsis: Character = "…") -> String {
    self + (last?.isDigit == true ? " " : "") + String(ellipsis)
  }

  /// Takes the digits at the end, and the signs that belong to them, away.
  mutating func removePartOfNumber() {
    guard let digit = lastIndex(where: \.isDigit),
      self[index(after: digit)...].allSatisfy({ $0.isNumberPart || $0 == "e" })
    else {
      return
    }
    repeat {
      // The beginning of an exponent: `2e-4`.
      if last == "e", dropLast().last?.isDigit == true { removeLast() }
      while last?.isNumberPart == true { removeLast() }
      // Thousands stand apart: `12 345`.
      guard last == " ", dropLast().last?.isDigit == true else { break }
      removeLast()
    } while true
    if last == " " { removeLast() }
  }

  /// The text with spaces after it (or before it) up to `columns` columns; longer text is cut.
  public func padded(toColumns columns: Int, right: Bool = false, ellipsis: Character = "…") -> String {
    let width = CharacterWidth.columns(self)
    guard width != columns else { return self }
    let text = width > columns ? truncated(toColumns: columns, ellipsis: ellipsis) : self
    let taken = width > columns ? CharacterWidth.columns(text) : width
    let spaces = String(repeating: " ", count: max(0, columns - taken))
    return right ? spaces + text : text + spaces
  }
}

extension Character {
  /// A digit, or a sign that stands in, before or right behind a number.
  var isNumberPart: Bool { isDigit || ".,±+-~≈#".contains(self) }

  var isDigit: Bool { isASCII && isNumber }
}
