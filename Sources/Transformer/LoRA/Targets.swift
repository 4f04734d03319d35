import Recipe

/// Which linear modules carry adapters, and in which layers, in terms of the seven of a block that fuses nothing.
/// `paths(in:)` says which layers of a given model that means.
public struct Targets: Hashable, Sendable, CustomStringConvertible {
  /// In canonical order, each once; never empty when it came from `init(parsing:)`.
  public let modules: [LinearModule]
  /// Of modules that are not targets in every layer.
  private let restrictions: [LinearModule: LayerSelection]
  /// Layers of the vision tower all of whose linear modules are targets; nil for none. No group of the decoder's, and not in
  /// `all` or the fifteen combinations, has it.
  public let vision: LayerSelection?

  /// What `vision` is called where targets are named.
  public static let visionName = "vision"

  public init(modules: some Sequence<LinearModule>) {
    self.init(layers: Dictionary(modules.map { ($0, .every) }) { first, _ in first })
  }

  public init(groups: some Sequence<TargetGroup>) {
    self.init(modules: groups.flatMap(\.modules))
  }

  /// Each module's own layers; those of a fused one are those of its parts.
  public init(layers: [LinearModule: LayerSelection], vision: LayerSelection? = nil) {
    self.vision = vision
    var split: [LinearModule: LayerSelection] = [:]
    for (module, selection) in layers { for part in module.parts { split[part] = selection } }
    modules = LinearModule.split.filter { split[$0] != nil }
    restrictions = split.filter { $0.value != .every }
  }

  /// What an adapter's modules are in a model of `layers` layers, and `visionLayers` of its tower. Of a tower's layer that has
  /// adapters in some modules only, `vision` is said all the same.
  public init(paths: some Sequence<ModulePath>, layers count: Int, visionLayers: Int = 0) {
    func selection(_ paths: [ModulePath], of count: Int) -> LayerSelection {
      let chosen = Set(paths.map(\.layer))
      if chosen == Set(0..<count) { return .every }
      var selection: LayerSelection?
      for layer in chosen {
        var next = LayerSelection(layer...layer)
        if let selection { next.formUnion(selection) }
        selection = next
      }
      return selection ?? .every
    }
    let paths = Array(paths)
    let tower = paths.filter(\.isVision)
    self.init(
      layers: Dictionary(grouping: paths.filter { !$0.isVision }, by: \.module)
        .mapValues { selection($0, of: count) },
      vision: tower.isEmpty ? nil : selection(tower, of: visionLayers))
  }

  /// Reads `qkv,o_proj`, `q_proj@0-3,5+up_proj`, `fc2@12-`, `all@last:8`: groups, their aliases and single modules, each
  /// perhaps with layers after `@`, and `vision`, separated by commas, plus signs or white space, in any letter case and order. After
  /// an `@`, what follows a comma and is a number, a range or `last:N` belongs to the same target.
  public init(parsing text: String) throws(TargetError) {
    var chosen: [LinearModule: LayerSelection] = [:]
    var vision: LayerSelection?
    for term in Self.terms(of: text) {
      let parts = term.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts[0].lowercased()
      let modules = name == Self.visionName ? [] : Self.modules(named: name)
      guard let modules else {
        throw .unknown(name: String(parts[0]), candidates: Self.candidates)
      }
      var layers = LayerSelection.every
      if parts.count == 2 {
        do { layers = try LayerSelection(parsing: String(parts[1])) } catch {
          throw .layers(target: String(term), reason: error)
        }
      }
      func joined(_ present: LayerSelection?) -> LayerSelection {
        var all = present ?? layers
        all.formUnion(layers)
        return all
      }
      for module in modules { chosen[module] = joined(chosen[module]) }
      if name == Self.visionName { vision = joined(vision) }
    }
    guard !chosen.isEmpty || vision != nil else { throw .empty(candidates: Self.candidates) }
    self.init(layers: chosen, vision: vision)
  }

  /// The targets of a list, each with the layers that belong to it.
  private static func terms(of text: String) -> [String] {
    var terms: [String] = []
    for part in text.split(whereSeparator: { $0 == "+" || $0.isWhitespace }) {
      var isFirst = true
      for piece in part.split(separator: ",") {
        if !isFirst, let last = terms.last, last.contains("@"), LayerSelection.continues(piece) {
          terms[terms.count - 1] = "\(last),\(piece)"
        } else {
          terms.append(String(piece))
        }
        isFirst = false
      }
    }
    return terms
  }

  /// Every name that `init(parsing:)` knows: groups, aliases, single modules, `all`, `vision`.
  public static let candidates: [String] = {
    var names: [String] = TargetGroup.allCases.map(\.rawValue)
    names += TargetGroup.allCases.flatMap(\.aliases)
    names += LinearModule.split.map(\.rawValue).filter { !names.contains($0) }
    return names + ["all", visionName]
  }()

  private static func modules(named name: String) -> [LinearModule]? {
    if name == "all" { return LinearModule.split }
    if let group = TargetGroup.allCases.first(where: { $0.rawValue == name || $0.aliases.contains(name) }) {
      return group.modules
    }
    return LinearModule(rawValue: name).map { [$0] }
  }

  /// A module's layers; nil where it is no target.
  public func layers(of module: LinearModule) -> LayerSelection? {
    modules.contains(module) ? restrictions[module] ?? .every : nil
  }

  /// `qkv+fc2@12-`; single modules by their own names where a group is only partly chosen or its members differ in
  /// layers; `all@last:8` where all seven have the same restriction; then `vision`; `none` for nothing. `init(parsing:)` reads
  /// it back.
  public var label: String {
    let decoder = LayerSelection.label(
      TargetGroup.allCases.map { group in
        (group.rawValue, group.modules.map { ($0.rawValue, layers(of: $0)) })
      })
    let tower = vision.map { $0 == .every ? Self.visionName : "\(Self.visionName)@\($0)" }
    let parts = [decoder.isEmpty ? nil : decoder, tower].compactMap(\.self)
    return parts.isEmpty ? "none" : parts.joined(separator: "+")
  }

  public var description: String { label }

  /// The modules in a model of `layers` layers, in path order. Layers that the model lacks are among them, for
  /// `LoRASpecification.validate` to refuse: nothing that was asked for is dropped. Targets in a tower need `paths(in:)`: this
  /// leaves them out.
  public func paths(layers count: Int) -> [ModulePath] {
    modules.flatMap { module in
      (restrictions[module] ?? .every).layers(of: count).map { ModulePath(layer: $0, module: module) }
    }.sorted()
  }

  /// Refuses layers that a model does not have. Whether it has the modules at all, `paths(in:)` says.
  public func check(layers count: Int, visionLayers: Int? = nil) throws(TargetError) {
    if let vision, let visionLayers, let problem = vision.problem(in: visionLayers) {
      throw .noSuchLayer(target: "\(Self.visionName)@\(vision)", problem: "of the vision tower, \(problem)")
    }
    for module in modules {
      guard let chosen = restrictions[module], let problem = chosen.problem(in: count) else { continue }
      throw .noSuchLayer(target: "\(module.rawValue)@\(chosen)", problem: problem)
    }
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
