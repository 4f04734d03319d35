/// Targets as a person writes them.
extension Targets {
  /// Reads `qkv,o_proj`, `q_proj@0-3,5+up_proj`, `fc2@12-`, `all@last:8`: groups, their aliases and single modules, each
  /// perhaps with layers after `@`, and `vision`, separated by commas, plus signs or white space, in any letter case and order. After
  /// an `@`, what follows a comma and is a number, a range or `last:N` belongs to the same target.
  public init(parsing text: String) throws(TargetError) {
    self.init()
    for term in Self.terms(of: text) {
      let parts = term.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      guard var part = Self.part(named: parts[0].lowercased()) else {
        throw .unknown(name: String(parts[0]), candidates: Self.candidates)
      }
      if parts.count == 2 {
        do { part.setLayers(try LayerSelection(parsing: String(parts[1])), of: part) } catch {
          throw .layers(target: term, reason: error)
        }
      }
      formUnion(part)
    }
    guard !isEmpty else { throw .empty(candidates: Self.candidates) }
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

  private static func part(named name: String) -> Targets? {
    switch name {
    case "all": return .all
    case visionName: return .vision
    default:
      let group = TargetGroup.allCases.first { $0.rawValue == name || $0.aliases.contains(name) }
      return group?.set ?? LinearModule(rawValue: name).map { Targets(modules: [$0]) }
    }
  }
}
