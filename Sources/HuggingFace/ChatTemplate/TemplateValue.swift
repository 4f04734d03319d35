/// A value while a template runs. Everything but a namespace is immutable, as in transformers' sandbox.
indirect enum TemplateValue {
  /// The name that was looked for.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([TemplateValue])
  case map(TemplateMap)
  case namespace(TemplateNamespace)
  case loop(TemplateLoopState)
  case macro(TemplateMacro, TemplateScope)
  /// A function of the environment.
  case function(String)
  /// A value's own method, not yet called.
  case method(TemplateValue, String)

  init(_ json: JSONValue) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .array(let values): self = .list(values.map(TemplateValue.init))
    case .object(let object):
      var map = TemplateMap()
      for member in object.members { map[member.key] = TemplateValue(member.value) }
      self = .map(map)
    }
  }

  init(_ constant: TemplateConstant) {
    switch constant {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    }
  }

  /// Python's truth.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .number(let value): value != 0
    case .string(let value): !value.isEmpty
    case .list(let values): !values.isEmpty
    case .map(let map): !map.members.isEmpty
    case .namespace, .loop, .macro, .function, .method: true
    }
  }

  /// What stands in it; nil for what holds nothing.
  var contents: [TemplateValue]? {
    switch self {
    case .list(let values): values
    case .map(let map): map.members.map(\.value)
    case .namespace(let namespace): namespace.attributes.members.map(\.value)
    case .method(let value, _): [value]
    case .loop(let state): state.items
    default: nil
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// Python's name of the type, for messages.
  var kind: String {
    switch self {
    case .undefined: "undefined"
    case .none: "none"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a float"
    case .string: "a string"
    case .list: "a list"
    case .map: "a mapping"
    case .namespace: "a namespace"
    case .loop: "the loop"
    case .macro: "a macro"
    case .function, .method: "a function"
    }
  }

  /// As Python's `==`.
  func equals(_ other: TemplateValue) -> Bool {
    switch (self, other) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.list(let left), .list(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
    case (.map(let left), .map(let right)):
      return left.members.count == right.members.count
        && left.members.allSatisfy { member in right[member.key].map { $0.equals(member.value) } ?? false }
    case (.namespace(let left), .namespace(let right)): return left === right
    default:
      guard let left = numeric, let right = other.numeric else { return false }
      return left == right
    }
  }

  /// Booleans count as 0 and 1.
  var numeric: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  var whole: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }
}
