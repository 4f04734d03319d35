/// A value while a template runs. Everything but a namespace is immutable, as in transformers' sandbox.
indirect enum TemplateValue {
  /// The name that was looked for.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  /// Text that a filter marked as safe for HTML: what is joined to it would be escaped.
  case markup(String)
  case list([TemplateValue])
  case tuple([TemplateValue])
  /// A group of `groupby`: a tuple whose two parts have names.
  case group([TemplateValue])
  case view(TemplateView)
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
    case .string(let value), .markup(let value): !value.isEmpty
    case .list(let values), .tuple(let values), .group(let values): !values.isEmpty
    case .map(let map): !map.members.isEmpty
    // A generator is true whatever it gives.
    case .view(let view): view.count != 0
    case .namespace, .loop, .macro, .function, .method: true
    }
  }

  /// What stands in it; nil for what holds nothing.
  var contents: [TemplateValue]? {
    switch self {
    case .list(let values), .tuple(let values), .group(let values): values
    case .map(let map): map.members.map(\.value)
    case .view(let view): view.isRange ? nil : view.all
    case .namespace(let namespace): namespace.attributes.members.map(\.value)
    case .method(let value, _): [value]
    case .loop(let state): state.items
    default: nil
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// The text of a string, marked or not.
  var text: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  /// The parts of a tuple or a group.
  var parts: [TemplateValue]? {
    switch self {
    case .tuple(let values), .group(let values): values
    default: nil
    }
  }

  /// Python's name of the type, for messages.
  var kind: String {
    switch self {
    case .undefined: "undefined"
    case .none: "none"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a float"
    case .string, .markup: "a string"
    case .list: "a list"
    case .tuple, .group: "a tuple"
    case .view(let view):
      switch view.kind {
      case .generator: "a generator (list makes a list of it)"
      case .range: "a range"
      case .keys, .values, .items: "a view of a mapping (list makes a list of it)"
      }
    case .map: "a mapping"
    case .namespace: "a namespace"
    case .loop: "the loop"
    case .macro: "a macro"
    case .function, .method: "a function"
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

/// A string that equals another only if the bytes do; Swift's own equality is canonical equivalence.
struct TemplateKey: Hashable {
  private let text: String

  init(_ text: String) { self.text = text }

  static func == (left: TemplateKey, right: TemplateKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

/// A dictionary in the order of insertion, its keys told apart by their bytes.
struct TemplateMap {
  struct Member {
    let key: String
    var value: TemplateValue
  }

  private(set) var members: [Member] = []
  private var places: [TemplateKey: Int] = [:]

  subscript(key: String) -> TemplateValue? {
    get { places[TemplateKey(key)].map { members[$0].value } }
    set {
      guard let newValue else { return }
      let name = TemplateKey(key)
      if let place = places[name] {
        members[place].value = newValue
      } else {
        places[name] = members.count
        members.append(Member(key: key, value: newValue))
      }
    }
  }
}

/// The one kind of value that can be changed.
final class TemplateNamespace {
  var attributes = TemplateMap()
}

/// What Python makes elements with one after the other instead of listing them: a generator, a range, the parts of a dictionary.
///
/// It prints otherwise than a list, has fewer operations, and a generator can be gone through only once.
final class TemplateView {
  enum Kind {
    /// What `map`, `select`, `batch`, `reverse` and their kin give.
    case generator
    case range(first: Int, last: Int, step: Int)
    case keys, values, items
  }

  let kind: Kind
  private let elements: [TemplateValue]
  /// How many of a generator's elements were taken.
  private var taken = 0

  init(_ kind: Kind, _ elements: [TemplateValue]) {
    self.kind = kind
    self.elements = elements
  }

  var isGenerator: Bool { if case .generator = kind { true } else { false } }
  var isRange: Bool { if case .range = kind { true } else { false } }

  /// Nil for a generator, which has none.
  var count: Int? { isGenerator ? nil : elements.count }

  /// All elements, without taking them.
  var all: [TemplateValue] { elements }

  /// All that are left; a generator is empty after that.
  func take() -> [TemplateValue] {
    guard isGenerator else { return elements }
    let rest = taken == 0 ? elements : Array(elements[taken...])
    taken = elements.count
    return rest
  }

  /// The next one, or the first of what can be gone through again.
  func takeFirst() -> TemplateValue? {
    guard isGenerator else { return elements.first }
    guard taken < elements.count else { return nil }
    taken += 1
    return elements[taken - 1]
  }
}
