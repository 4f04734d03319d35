/// `"%s" % …` and `"{}".format(…)`, as far as they are the same for every value; the rest is refused.
struct PythonFormat {
  let line: Int
  let run: TemplateRun
  private static let widest = 100_000

  /// How a value is laid out.
  struct Layout {
    var fill: Unicode.Scalar = " "
    /// `<`, `>`, `^`, or `=` for between sign and digits; nil: numbers to the right, the rest to the left.
    var alignment: Unicode.Scalar?
    /// `+`, a space, or nil.
    var sign: Unicode.Scalar?
    var isAlternate = false
    var width = 0
    var grouping = ""
    var precision: Int?
    var type: Unicode.Scalar?
  }

  private func failure(_ reason: String) -> TemplateFailure { TemplateFailure(line: line, reason: reason) }

  // MARK: %

  func percent(_ format: String, _ operand: TemplateValue) throws -> String {
    try run.budget.make(format.utf8.count, line)
    var values = (operand.parts ?? [operand])[...]
    var usesNames = false
    var result = String.UnicodeScalarView()
    let scalars = Array(format.unicodeScalars)
    var place = 0
    func current() throws -> Unicode.Scalar {
      guard place < scalars.count else { throw failure("a format ends within %") }
      return scalars[place]
    }
    func number() throws -> Int {
      var number = 0
      while let digit = Self.digit(try current()) {
        number = number * 10 + digit
        guard number <= Self.widest else { throw failure("a format is wider than \(Self.widest)") }
        place += 1
      }
      return number
    }
    while place < scalars.count {
      let scalar = scalars[place]
      place += 1
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      var value: TemplateValue?
      if try current() == "(" {
        guard let end = scalars[place...].firstIndex(of: ")") else { throw failure("a format's name has no end") }
        let name = PythonText.string(scalars[(place + 1)..<end])
        guard case .map(let map) = operand, let named = map[name] else { throw failure("no value for %(\(name))") }
        value = named
        usesNames = true
        place = end + 1
      }
      var layout = Layout()
      var isLeft = false
      var hasZero = false
      while "-+ #0".unicodeScalars.contains(try current()) {
        switch try current() {
        case "-": isLeft = true
        case "+": layout.sign = "+"
        case " ": if layout.sign == nil { layout.sign = " " }
        case "#": layout.isAlternate = true
        default: hasZero = true
        }
        place += 1
      }
      layout.width = try number()
      if try current() == "." {
        place += 1
        layout.precision = try number()
      }
      let type = try current()
      place += 1
      if type == "%" {
        result.append("%")
        continue
      }
      guard let next = value ?? values.popFirst() else { throw failure("not enough values for the format") }
      layout.alignment = isLeft ? "<" : ">"
      if hasZero, !isLeft, type != "s", type != "r", type != "c" { (layout.fill, layout.alignment) = ("0", "=") }
      result.append(contentsOf: try percent(next, type, layout).unicodeScalars)
      try run.budget.make(layout.width, line)
    }
    if !usesNames, !values.isEmpty {
      switch operand {
      // Whatever could have been asked for by name.
      case .map, .list, .view, .undefined: break
      default: throw failure("not all values are used by the format")
      }
    }
    let text = String(result)
    try run.budget.make(text.utf8.count, line)
    return text
  }

  private func percent(_ value: TemplateValue, _ type: Unicode.Scalar, _ layout: Layout) throws -> String {
    var layout = layout
    switch type {
    case "s", "r":
      var text = type == "s" ? try run.text(of: value, line) : try run.representation(of: value, line)
      if let precision = layout.precision { text = PythonText.string(text.unicodeScalars.prefix(precision)) }
      return padded("", text, layout)
    case "d", "i", "u":
      guard layout.precision == nil, !layout.isAlternate else { throw failure("%#d and %.d are not supported") }
      layout.type = "d"
      if case .number(let number) = value {
        guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw failure("%d of a float out of range") }
        return try laidOut(.integer(whole), layout)
      }
      guard let whole = value.whole else { throw failure("%d needs a number, not \(value.kind)") }
      return try laidOut(.integer(whole), layout)
    case "f", "F", "e", "E", "g", "G":
      guard let number = value.numeric else { throw failure("%\(type) needs a number, not \(value.kind)") }
      layout.type = type
      return try laidOut(.number(number), layout)
    case "x", "X", "o":
      guard layout.precision == nil, case .integer = value else { throw failure("%\(type) of \(value.kind)") }
      layout.type = type
      return try laidOut(value, layout)
    default: throw failure("%\(type) in a format is not supported")
    }
  }

  // MARK: {}

  func braces(_ format: String, _ call: TemplateCall) throws -> String {
    try run.budget.make(format.utf8.count, line)
    let scalars = Array(format.unicodeScalars)
    var result = String.UnicodeScalarView()
    var place = 0
    var automatic = 0
    var isNumbered: Bool?
    while place < scalars.count {
      let scalar = scalars[place]
      place += 1
      if scalar == "{" || scalar == "}", place < scalars.count, scalars[place] == scalar {
        result.append(scalar)
        place += 1
        continue
      }
      guard scalar == "{" else {
        if scalar == "}" { throw failure("a single } in a format") }
        result.append(scalar)
        continue
      }
      guard let end = scalars[place...].firstIndex(where: { $0 == "}" || $0 == "{" }), scalars[end] == "}" else {
        throw failure("a field within a format's field is not supported")
      }
      let field = scalars[place..<end]
      place = end + 1
      let colon = field.firstIndex(of: ":") ?? field.endIndex
      let head = field[..<colon]
      let mark = head.firstIndex(of: "!") ?? head.endIndex
      let name = PythonText.string(head[..<mark])
      var value: TemplateValue
      if name.isEmpty || Int(name) != nil {
        guard isNumbered == nil || isNumbered == !name.isEmpty else {
          throw failure("numbered and plain fields in one format")
        }
        isNumbered = !name.isEmpty
        let index = Int(name) ?? automatic
        automatic += 1
        guard call.positional.indices.contains(index) else { throw failure("no value for the format's field \(index)") }
        value = call.positional[index]
      } else {
        guard name.unicodeScalars.allSatisfy({ $0 != "." && $0 != "[" }) else {
          throw failure("parts of values in a format's field are not supported")
        }
        guard let named = call.named.last(where: { $0.0 == name })?.1 else {
          throw failure("no value for the format's field \(name)")
        }
        value = named
      }
      switch PythonText.string(head[mark...]) {
      case "": break
      case "!s": value = .string(try run.text(of: value, line))
      case "!r": value = .string(try run.representation(of: value, line))
      default: throw failure("a conversion in a format is not supported")
      }
      let specification = colon == field.endIndex ? [] : Array(field[(colon + 1)...])
      if case .undefined(let reason) = value, !specification.isEmpty { throw failure(reason) }
      let layout = try parse(specification)
      try run.budget.make(layout.width, line)
      result.append(contentsOf: try formatted(value, layout, isPlain: specification.isEmpty).unicodeScalars)
    }
    let text = String(result)
    try run.budget.make(text.utf8.count, line)
    return text
  }

  private func parse(_ scalars: [Unicode.Scalar]) throws -> Layout {
    var layout = Layout()
    var rest = scalars[...]
    let alignments = "<>^=".unicodeScalars
    if rest.count >= 2, alignments.contains(rest[rest.startIndex + 1]) {
      layout.fill = rest.removeFirst()
      layout.alignment = rest.removeFirst()
    } else if let first = rest.first, alignments.contains(first) {
      layout.alignment = rest.removeFirst()
    }
    if let first = rest.first, "+- ".unicodeScalars.contains(first) {
      rest.removeFirst()
      if first != "-" { layout.sign = first }
    }
    if rest.first == "#" {
      layout.isAlternate = true
      rest.removeFirst()
    }
    if rest.first == "0" {
      rest.removeFirst()
      if layout.alignment == nil { (layout.fill, layout.alignment) = ("0", "=") }
    }
    func number() throws -> Int? {
      var result: Int?
      while let digit = rest.first.flatMap(Self.digit) {
        result = (result ?? 0) * 10 + digit
        guard result ?? 0 <= Self.widest else { throw failure("a format is wider than \(Self.widest)") }
        rest.removeFirst()
      }
      return result
    }
    layout.width = try number() ?? 0
    if let first = rest.first, first == "," || first == "_" { layout.grouping = String(rest.removeFirst()) }
    if rest.first == "." {
      rest.removeFirst()
      guard let precision = try number() else { throw failure("a format's precision is missing") }
      layout.precision = precision
    }
    layout.type = rest.popFirst()
    guard rest.isEmpty else { throw failure("the format '\(PythonText.string(scalars))' is not supported") }
    return layout
  }

  private func formatted(_ value: TemplateValue, _ layout: Layout, isPlain: Bool) throws -> String {
    if isPlain { return try run.text(of: value, line) }
    switch value {
    case .string(let text), .markup(let text):
      guard layout.type == nil || layout.type == "s", layout.sign == nil, layout.grouping.isEmpty,
        layout.alignment != "=",
        !layout.isAlternate
      else { throw failure("a format for numbers of a string") }
      let cut = layout.precision.map { PythonText.string(text.unicodeScalars.prefix($0)) } ?? text
      var layout = layout
      layout.alignment = layout.alignment ?? "<"
      return padded("", cut, layout)
    case .integer, .number: return try laidOut(value, layout)
    default: throw failure("a format of \(value.kind) is not supported")
    }
  }

  // MARK: Numbers

  private func laidOut(_ value: TemplateValue, _ layout: Layout) throws -> String {
    var layout = layout
    layout.alignment = layout.alignment ?? ">"
    var digits: String
    var isNegative: Bool
    let type = layout.type
    if case .integer(let whole) = value, type == nil || "dxXob".unicodeScalars.contains(type ?? " ") {
      guard layout.precision == nil else { throw failure("a precision for an integer") }
      isNegative = whole < 0
      let magnitude = whole.magnitude
      let prefix: String
      switch type {
      case "x", "X":
        (digits, prefix) = (String(magnitude, radix: 16, uppercase: type == "X"), type == "x" ? "0x" : "0X")
      case "o": (digits, prefix) = (String(magnitude, radix: 8), "0o")
      case "b": (digits, prefix) = (String(magnitude, radix: 2), "0b")
      default: (digits, prefix) = (String(magnitude), "")
      }
      if layout.isAlternate {
        guard layout.fill != "0", layout.grouping.isEmpty else {
          throw failure("# with zeros in a format is not supported")
        }
        digits = prefix + digits
      }
      if !layout.grouping.isEmpty, !prefix.isEmpty { throw failure("grouped digits of another base are not supported") }
    } else {
      guard let number = value.numeric else { throw failure("a format for numbers of \(value.kind)") }
      guard !layout.isAlternate, layout.precision ?? 0 <= 300 else { throw failure("the format is not supported") }
      guard number.isFinite else { throw failure("a format of \(PythonText.number(number)) is not supported") }
      isNegative = number.sign == .minus
      let size = abs(number)
      switch type {
      case "f", "F": digits = PythonNumber.fixed(size, layout.precision ?? 6)
      case "e": digits = PythonNumber.scientific(size, layout.precision ?? 6)
      case "E": digits = PythonNumber.scientific(size, layout.precision ?? 6).uppercased()
      case "g": digits = PythonNumber.general(size, layout.precision ?? 6)
      case "G": digits = PythonNumber.general(size, layout.precision ?? 6).uppercased()
      case "%": digits = PythonNumber.fixed(size * 100, layout.precision ?? 6) + "%"
      case nil where layout.precision == nil: digits = PythonText.number(size)
      default: throw failure("the format is not supported")
      }
    }
    if !layout.grouping.isEmpty {
      guard layout.fill != "0" else { throw failure("grouped digits with zeros are not supported") }
      digits = grouped(digits, layout.grouping)
    }
    return padded(isNegative ? "-" : layout.sign.map { String($0) } ?? "", digits, layout)
  }

  /// Separators between thousands, up to the point or exponent.
  private func grouped(_ digits: String, _ separator: String) -> String {
    let whole = Array(digits.prefix { $0.isNumber })
    var result = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { result += separator }
      result.append(digit)
    }
    return result + digits.dropFirst(whole.count)
  }

  private func padded(_ sign: String, _ text: String, _ layout: Layout) -> String {
    let missing = layout.width - sign.utf8.count - text.unicodeScalars.count
    guard missing > 0 else { return sign + text }
    func fill(_ count: Int) -> String { String(repeating: String(layout.fill), count: count) }
    switch layout.alignment {
    case "<": return sign + text + fill(missing)
    case "^": return fill(missing / 2) + sign + text + fill(missing - missing / 2)
    case "=": return sign + fill(missing) + text
    default: return fill(missing) + sign + text
    }
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    ("0"..."9").contains(scalar) ? Int(scalar.value - 0x30) : nil
  }
}
