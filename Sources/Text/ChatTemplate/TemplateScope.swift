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

/// What `loop` is inside of a loop: one object for all its rounds, as in Jinja.
final class TemplateLoopState {
  let items: [TemplateValue]
  /// From 0; loops within recursive loops are deeper.
  let depth: Int
  var index = 0
  /// What `loop.changed` saw last.
  var seen: [TemplateValue]?
  /// The loop and where it stands, if it may call itself.
  let recursion: (loop: TemplateLoop, scope: TemplateScope)?

  init(items: [TemplateValue], depth: Int, recursion: (loop: TemplateLoop, scope: TemplateScope)?) {
    self.items = items
    self.depth = depth
    self.recursion = recursion
  }

  static let methods: Set<String> = ["cycle", "changed"]

  func attribute(_ name: String) -> TemplateValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(items.count - index)
    case "revindex0": .integer(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .integer(items.count)
    case "depth": .integer(depth + 1)
    case "depth0": .integer(depth)
    case "previtem": index > 0 ? items[index - 1] : .undefined("there is no previous item")
    case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("there is no next item")
    default: nil
    }
  }

  /// `loop.cycle(…)` and `loop.changed(…)`.
  func call(_ name: String, _ call: TemplateCall, _ run: TemplateRun) throws -> TemplateValue {
    guard call.named.isEmpty else { throw call.failure("loop.\(name) takes no names") }
    guard name == "changed" else {
      guard !call.positional.isEmpty else { throw call.failure("loop.cycle needs values") }
      return call.positional[index % call.positional.count]
    }
    if let seen, try TemplateComparison.equal(.tuple(seen), .tuple(call.positional), call.line, run) {
      return .bool(false)
    }
    seen = call.positional
    return .bool(true)
  }
}
