import Recipe

/// What the lexer hands to the parser.
struct TemplateToken {
  enum Kind: Equatable {
    /// Text between tags.
    case text(String)
    case variableBegin, variableEnd, blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case number(Double)
    case symbol(String)
    case end
  }

  let kind: Kind
  /// From 1.
  let line: Int

  /// For messages.
  var words: String {
    switch kind {
    case .text: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): "'\(OneLine.name(name))'"
    case .string: "a string"
    case .integer, .number: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the template's end"
    }
  }
}
