/// Upper and lower case as Python's strings have them.
extension PythonText {
  /// `lower`: by each character alone, but for the Greek sigma, which is another at the end of a word.
  static func lower(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    let scalars = Array(text.unicodeScalars)
    var result = ""
    for index in scalars.indices { append(lower: index, of: scalars, to: &result) }
    return result
  }

  private static func append(lower index: Int, of scalars: [Unicode.Scalar], to result: inout String) {
    if scalars[index] == "\u{03A3}" {
      result.unicodeScalars.append(isFinal(index, scalars) ? "\u{03C2}" : "\u{03C3}")
    } else {
      result += scalars[index].properties.lowercaseMapping
    }
  }

  /// Behind a letter and before none, what is no letter at all aside.
  private static func isFinal(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
    func isCased(_ place: Int?) -> Bool { place.map { scalars[$0].properties.isCased } ?? false }
    func matters(_ place: Int) -> Bool { !scalars[place].properties.isCaseIgnorable }
    return isCased(scalars[..<index].indices.last(where: matters))
      && !isCased(scalars[(index + 1)...].indices.first(where: matters))
  }

  static func capitalised(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first else { return "" }
    var result = first.properties.titlecaseMapping
    for index in scalars.indices.dropFirst() { append(lower: index, of: scalars, to: &result) }
    return result
  }

  /// Each word's first letter in title case; a word is a run of letters.
  static func titled(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = ""
    var follows = false
    for index in scalars.indices {
      if follows {
        append(lower: index, of: scalars, to: &result)
      } else {
        result += scalars[index].properties.titlecaseMapping
      }
      follows = scalars[index].properties.isCased
    }
    return result
  }

  /// Jinja's own title case: words begin after white space, hyphens and opening brackets.
  static func titledWords(_ text: String) -> String {
    var result = ""
    var word = String.UnicodeScalarView()
    func finish() {
      guard let first = word.first else { return }
      result += first.properties.uppercaseMapping + lower(String(word.dropFirst()))
      word = String.UnicodeScalarView()
    }
    for scalar in text.unicodeScalars {
      if isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar) {
        finish()
        result.unicodeScalars.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    finish()
    return result
  }

  static func swapped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = ""
    for index in scalars.indices {
      if scalars[index].properties.isUppercase {
        append(lower: index, of: scalars, to: &result)
      } else if scalars[index].properties.isLowercase {
        result += scalars[index].properties.uppercaseMapping
      } else {
        result.unicodeScalars.append(scalars[index])
      }
    }
    return result
  }

  /// `isdigit`, `isalpha` and their kin.
  static func isOfKind(_ name: String, _ text: String) -> Bool {
    let scalars = text.unicodeScalars
    if name == "isascii" { return text.utf8.allSatisfy { $0 < 0x80 } }
    if name == "isprintable" { return scalars.allSatisfy(isPrintable) }
    guard !scalars.isEmpty else { return false }
    switch name {
    case "isdecimal": return scalars.allSatisfy { $0.properties.numericType == .decimal }
    case "isdigit":
      return scalars.allSatisfy { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
    case "isnumeric": return scalars.allSatisfy { $0.properties.numericType != nil }
    case "isalpha": return scalars.allSatisfy(isLetter)
    case "isalnum": return scalars.allSatisfy(isAlphanumeric)
    case "isspace": return scalars.allSatisfy(isSpace)
    case "isidentifier":
      return scalars.first.map { $0 == "_" || $0.properties.isXIDStart } == true
        && scalars.dropFirst().allSatisfy(\.properties.isXIDContinue)
    case "istitle": return isTitle(text)
    default:
      let isUpper = name == "isupper"
      var found = false
      for scalar in scalars {
        let properties = scalar.properties
        if properties.generalCategory == .titlecaseLetter { return false }
        if properties.isUppercase { if !isUpper { return false } else { found = true } }
        if properties.isLowercase { if isUpper { return false } else { found = true } }
      }
      return found
    }
  }

  private static func isTitle(_ text: String) -> Bool {
    var follows = false
    var found = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      if properties.isUppercase || properties.generalCategory == .titlecaseLetter {
        if follows { return false }
        (follows, found) = (true, true)
      } else if properties.isLowercase {
        if !follows { return false }
        found = true
      } else {
        follows = false
      }
    }
    return found
  }

  static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    isLetter(scalar) || scalar.properties.numericType != nil
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
