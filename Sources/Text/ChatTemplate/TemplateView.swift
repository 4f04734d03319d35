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
