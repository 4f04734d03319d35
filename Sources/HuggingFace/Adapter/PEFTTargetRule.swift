import Text

/// Which modules an `adapter_config.json` hits, as PEFT's `check_target_module_exists` decides it: exclusions first, then
/// targets, then layers.
struct PEFTTargetRule {
  /// A regular expression that matches the whole name, or exact names and endings after a dot.
  enum Names {
    case pattern(Pattern)
    case list([String])

    func hits(_ name: String) throws(PatternError) -> Bool {
      switch self {
      case .pattern(let pattern): try pattern.matchesWhole(name)
      case .list(let list): list.contains { name == $0 || name.hasSuffix("." + $0) }
      }
    }

    /// Is the name itself in the list?
    func names(_ name: String) -> Bool {
      if case .list(let list) = self { list.contains(name) } else { false }
    }
  }

  /// Some of a model's layers.
  struct Layers {
    let numbers: Set<Int>
    /// What stands before a layer's number in the lists of layers that are meant: `model.layers`.
    let blocks: [String]

    func hits(_ name: String) -> Bool {
      blocks.contains { list in
        guard name.hasPrefix("\(list).") else { return false }
        return name.dropFirst(list.count + 1).split(separator: ".").first.flatMap { Int($0) }.map {
          numbers.contains($0)
        }
          ?? false
      }
    }
  }

  let targets: Names
  let excluded: Names?
  /// nil: all of them.
  let layers: Layers?

  func hits(_ name: String) throws(PatternError) -> Bool {
    if let excluded, try excluded.hits(name) { return false }
    // A whole name is a target in whatever layer it is.
    if targets.names(name) { return true }
    guard try targets.hits(name) else { return false }
    return layers?.hits(name) ?? true
  }
}
