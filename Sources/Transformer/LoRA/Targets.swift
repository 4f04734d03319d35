/// Which linear modules carry adapters, the same in every layer.
public struct Targets: Hashable, Codable, Sendable, CustomStringConvertible {
  /// In canonical order, each once; never empty when it came from `init(parsing:)`.
  public let modules: [LinearModule]

  public init(modules: some Sequence<LinearModule>) {
    let chosen = Set(modules)
    self.modules = LinearModule.allCases.filter(chosen.contains)
  }

  public init(groups: some Sequence<TargetGroup>) {
    self.init(modules: groups.flatMap(\.modules))
  }

  /// Reads `qkv,o_proj`, `q_proj,up_proj`, `qkv+fc1`, `all`: groups, their aliases and single modules, separated by
  /// commas, plus signs or white space, in any letter case and order.
  public init(parsing text: String) throws(TargetError) {
    var chosen: [LinearModule] = []
    for part in text.split(whereSeparator: { $0 == "," || $0 == "+" || $0.isWhitespace }) {
      guard let modules = Self.modules(named: part.lowercased()) else {
        throw .unknown(name: String(part), candidates: Self.candidates)
      }
      chosen += modules
    }
    guard !chosen.isEmpty else { throw .empty(candidates: Self.candidates) }
    self.init(modules: chosen)
  }

  /// Every name that `init(parsing:)` knows: groups, aliases, single modules, `all`.
  public static let candidates: [String] = {
    var names: [String] = TargetGroup.allCases.map(\.rawValue)
    names += TargetGroup.allCases.flatMap(\.aliases)
    names += LinearModule.allCases.map(\.rawValue).filter { !names.contains($0) }
    return names + ["all"]
  }()

  private static func modules(named name: String) -> [LinearModule]? {
    if name == "all" { return LinearModule.allCases }
    if let group = TargetGroup.allCases.first(where: { $0.rawValue == name || $0.aliases.contains(name) }) {
      return group.modules
    }
    return LinearModule(rawValue: name).map { [$0] }
  }

  /// `qkv+fc2`; single modules by their own names where a group is only partly chosen; `none` for nothing.
  public var label: String {
    if modules.isEmpty { return "none" }
    return TargetGroup.allCases.flatMap { group -> [String] in
      let chosen = group.modules.filter(modules.contains)
      return chosen.count == group.modules.count ? [group.rawValue] : chosen.map(\.rawValue)
    }.joined(separator: "+")
  }

  public var description: String { label }

  /// The modules in each of `layers` layers, in path order.
  public func paths(layers: Int) -> [ModulePath] {
    (0..<max(0, layers)).flatMap { layer in modules.map { ModulePath(layer: layer, module: $0) } }
  }

  /// All combinations of the four groups in the order of their hex digit, 1 to F (qkv 1, o_proj 2, fc1 4, fc2 8).
  public static let fifteen: [Targets] = (1...15).map { bits in
    Targets(groups: TargetGroup.allCases.filter { bits & $0.bit != 0 })
  }

  /// The nine combinations of the article's study, in its order.
  public static let articleNine: [Targets] = [
    [.qkv], [.oProj], [.fc1], [.fc2], [.oProj, .fc1], [.qkv, .fc2], [.oProj, .fc2], [.qkv, .fc1], TargetGroup.allCases,
  ].map { Targets(groups: $0) }
}
