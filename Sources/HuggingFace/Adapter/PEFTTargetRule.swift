import Transformer

/// Which modules an `adapter_config.json` hits, as PEFT's `check_target_module_exists` decides it: exclusions first, then
/// targets, then layers.
struct PEFTTargetRule {
  /// A regular expression that matches the whole name, or exact names and endings after a dot.
  enum Names {
    case pattern(Pattern)
    case list([String])

    func hits(_ name: String) -> Bool {
      switch self {
      case .pattern(let pattern): pattern.matchesWhole(name)
      case .list(let list): list.contains { name == $0 || name.hasSuffix("." + $0) }
      }
    }
  }

  let targets: Names
  let excluded: Names?
  /// nil: all of them.
  let layers: Set<Int>?

  func hits(_ path: ModulePath) -> Bool {
    let name = path.description
    if let excluded, excluded.hits(name) { return false }
    guard targets.hits(name) else { return false }
    return layers?.contains(path.layer) ?? true
  }
}
