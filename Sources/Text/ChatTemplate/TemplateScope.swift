/// Names that are visible at one place: those of a loop or macro, then those around it.
final class TemplateScope {
  private var names: [String: TemplateValue] = [:]
  private let outer: TemplateScope?

  init(outer: TemplateScope? = nil) { self.outer = outer }

  subscript(name: String) -> TemplateValue? {
    get {
      var scope: TemplateScope? = self
      while let place = scope {
        if let value = place.names[name] { return value }
        scope = place.outer
      }
      return nil
    }
    set { names[name] = newValue }
  }
}
