/// Unicode's general categories as bits, so that `\p{L}` is one comparison.
enum CategoryBits {
  static let letter = named("Lu") | named("Ll") | named("Lt") | named("Lm") | named("Lo")
  static let mark = named("Mn") | named("Mc") | named("Me")
  static let number = named("Nd") | named("Nl") | named("No")
  static let word = letter | mark | named("Nd") | named("Pc")

  private static let names = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm",
    "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  /// `L`, `Lu`, `Letter` and so on; 0 for an unknown name.
  static func named(_ name: String) -> UInt32 {
    if let index = names.firstIndex(of: name) { return 1 << UInt32(index) }
    let group =
      switch name {
      case "Letter": "L"
      case "Mark": "M"
      case "Number": "N"
      case "Punctuation": "P"
      case "Symbol": "S"
      case "Separator": "Z"
      case "Other": "C"
      default: name
      }
    guard group.utf8.count == 1 else { return 0 }
    return names.enumerated().reduce(0) { $1.element.hasPrefix(group) ? $0 | 1 << UInt32($1.offset) : $0 }
  }

  /// The bit of one scalar. Surrogates, which no text holds, have none.
  static func of(_ value: UInt32) -> UInt32 {
    guard let scalar = Unicode.Scalar(value) else { return 0 }
    return 1 << index(scalar.properties.generalCategory)
  }

  private static func index(_ category: Unicode.GeneralCategory) -> UInt32 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
