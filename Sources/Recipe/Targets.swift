/// Which linear modules carry an adapter, and in which layers: the value behind `--targets` and the checklist's tick boxes.
///
/// Seven bits, one for each projection of an attending block that fuses nothing, an eighth for all projections of a vision tower, one
/// for each projection of other kinds of blocks, and for what is not a target in every layer its layers. Groups are unions of
/// projections, the article's four qkv = q, k, v; o_proj; fc1 (gate_up_proj) = gate, up; fc2 (down_proj). The set operations work on
/// whole projections, as a tick does.
public struct Targets: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// One bit for each projection that is a target somewhere.
  package internal(set) var rawValue: UInt16
  /// Of projections that are not targets in every layer, by their place in `names`.
  var restrictions: [Int: LayerSelection] = [:]

  public init() { rawValue = 0 }
  init(rawValue: UInt16) { self.rawValue = rawValue }
  public init(arrayLiteral elements: Targets...) {
    self.init()
    for element in elements { formUnion(element) }
  }

  /// These in every layer; a fused module is its parts.
  public init(modules: some Sequence<LinearModule>) {
    self.init()
    for part in modules.flatMap(\.parts) {
      if let place = Self.projections.firstIndex(of: part) { rawValue |= 1 << place }
    }
  }

  public static let qProj = Targets(rawValue: 1)
  public static let kProj = Targets(rawValue: 2)
  public static let vProj = Targets(rawValue: 4)
  public static let oProj = Targets(rawValue: 8)
  public static let gateProj = Targets(rawValue: 16)
  public static let upProj = Targets(rawValue: 32)
  public static let downProj = Targets(rawValue: 64)
  /// A vision tower, where the model has one: in no group and in no combination.
  public static let vision = Targets(rawValue: 128)

  public static let qkv: Targets = [.qProj, .kProj, .vProj]
  public static let fc1: Targets = [.gateProj, .upProj]
  public static let fc2: Targets = [.downProj]
  /// The article's four groups; what a base has beside them is named beside it.
  public static let all: Targets = [.qkv, .oProj, .fc1, .fc2]
  public static let conv = Targets(modules: TargetGroup.conv.modules)
  public static let linear = Targets(modules: TargetGroup.linear.modules)

  /// What `vision` is called where targets are named.
  public static let visionName = "vision"

  /// The projection that each bit stands for; nil for the tower, whose bit came before those of blocks that do not attend.
  static let projections: [LinearModule?] =
    LinearModule.split + [nil, .convInProj, .convOutProj] + TargetGroup.linear.modules

  /// What each bit is called; the tower's layers are its own.
  static let names = projections.map { $0?.rawValue ?? visionName }

  /// The decoder's projections in the set, in whatever layers, in canonical order.
  public var modules: [LinearModule] { places.compactMap { Self.projections[$0] } }

  /// Their names, and `vision` for all of a tower's.
  public var moduleNames: [String] { places.map { Self.names[$0] } }

  /// The groups that are wholly on.
  public var groups: [TargetGroup] { TargetGroup.allCases.filter { contains($0.set) } }

  /// True when the set is a union of whole groups.
  public var isCombination: Bool { codeValue != nil }

  /// The sum of the groups' values; nil when a group is only partly on, and when nothing is.
  private var codeValue: Int? {
    guard !isEmpty, !isRestricted else { return nil }
    var (code, whole): (Int, UInt16) = (0, 0)
    for group in TargetGroup.allCases {
      let bits = group.set.rawValue
      guard bits & ~rawValue == 0 else { continue }
      code |= group.bit
      whole |= bits
    }
    return whole == rawValue ? code : nil
  }

  /// The sum of the groups' values as a hexadecimal number (qkv 1, o_proj 2, fc1 4, fc2 8, conv 16, linear 32): one digit for the article's groups,
  /// two where others are on. Nil when a group is only partly on.
  public var code: String? { codeValue.map { String($0, radix: 16, uppercase: true) } }

  /// The code of a union of the article's groups, which is one digit.
  public var hexDigit: Character? { code.flatMap { $0.count == 1 ? $0.first : nil } }

  /// Four cells such as `Q·12`; a partly chosen group is `~`, an absent one `·` (`-` in ASCII). Behind them those of other groups that are
  /// on, `C` for short convolutions, `L` for linear attention, and `V` where some layer of a vision tower is a target.
  public func cells(off: Character = "·") -> String {
    let cells = TargetGroup.allCases.compactMap { group -> Character? in
      if contains(group.set) { return group.cell }
      if !isDisjoint(with: group.set) { return "~" }
      return TargetGroup.article.contains(group) ? off : nil
    }
    return String(cells) + (isDisjoint(with: .vision) ? "" : "V")
  }

  /// `qkv+fc2@12-`; single projections by their own names where a group is only partly on or its projections differ in
  /// layers; `all@last:8` where all seven of the article's have the same restriction; then `vision`; `base` where nothing is on. Of
  /// what is not empty, `init(parsing:)` reads it back.
  public var label: String {
    if isEmpty { return "base" }
    if !isRestricted { return labelOfEveryLayer }
    func term(_ name: String, _ layers: LayerSelection?) -> String? {
      layers.map { $0 == .every ? name : "\(name)@\($0)" }
    }
    func terms(_ groups: [TargetGroup]) -> [String?] {
      groups.flatMap { group -> [String?] in
        let members = group.modules.map { (name: $0.rawValue, layers: layers(of: $0)) }
        guard Set(members.map(\.layers)).count > 1 else { return [term(group.rawValue, members[0].layers)] }
        return members.map { term($0.name, $0.layers) }
      }
    }
    let selections = Set(LinearModule.split.map { layers(of: $0) })
    var article = terms(TargetGroup.article)
    if selections.count == 1, let layers = selections.first ?? nil, layers != .every { article = [term("all", layers)] }
    let others = terms(TargetGroup.allCases.filter { !TargetGroup.article.contains($0) })
    return (article + others + [term(Self.visionName, vision)]).compactMap(\.self).joined(separator: "+")
  }

  /// The label where no layer is left out, as in nearly all runs: tables write hundreds of them a frame.
  private var labelOfEveryLayer: String {
    var terms: [String] = []
    for group in TargetGroup.allCases {
      let bits = group.set.rawValue
      if bits & ~rawValue == 0 {
        terms.append(group.rawValue)
      } else if bits & rawValue != 0 {
        terms += Targets(rawValue: bits & rawValue).moduleNames
      }
    }
    if !isDisjoint(with: .vision) { terms.append(Self.visionName) }
    return terms.joined(separator: "+")
  }

  public var description: String { label }

  /// All unions of some of these groups, 2ⁿ − 1 of n, in the order of their codes.
  public static func combinations(of groups: [TargetGroup]) -> [Targets] {
    let groups = groups.sorted { $0.bit < $1.bit }
    return (1..<(1 << groups.count)).map { chosen in
      groups.enumerated().reduce(into: Targets()) { if chosen & 1 << $1.offset != 0 { $0.formUnion($1.element.set) } }
    }
  }

  /// All fifteen combinations of the article's groups in the order of their hex digit, 1 to F.
  public static let fifteen: [Targets] = combinations(of: TargetGroup.article)

  /// The nine combinations of the article's study, in its order.
  public static let articleNine: [Targets] = [
    .qkv, .oProj, .fc1, .fc2, [.oProj, .fc1], [.qkv, .fc2], [.oProj, .fc2], [.qkv, .fc1], .all,
  ]

  /// What a first study is made of: of the article's nine those that these groups have, each further group alone, and all together.
  public static func firstStudy(of groups: [TargetGroup]) -> [Targets] {
    let all = groups.reduce(into: Targets()) { $0.formUnion($1.set) }
    let nine = articleNine.filter(all.contains)
    let further = groups.filter { !TargetGroup.article.contains($0) }.map(\.set)
    return nine + further + (nine.contains(all) || further.contains(all) ? [] : [all])
  }

  /// Place in lists: of combinations their code, of what is partly on a number behind them all.
  package var order: Int { isEmpty ? 0 : codeValue ?? (1 << TargetGroup.allCases.count) + Int(rawValue) }

  /// The order of lists: combinations by their code, then what is partly on, by projections and by name.
  public static func precedes(_ left: Targets, _ right: Targets) -> Bool {
    left.order != right.order ? left.order < right.order : left.label < right.label
  }
}

/// A number (the bits) where every projection is a target in all layers, as runs have always been stored; otherwise each
/// projection's layers by name.
extension Targets: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let bits = try? container.decode(UInt16.self) {
      self.init(rawValue: bits)
      return
    }
    let layers = try container.decode([String: String].self)
    self.init()
    for (place, name) in Self.names.enumerated() {
      guard let text = layers[name] else { continue }
      do { setLayers(try LayerSelection(parsing: text), of: Targets(rawValue: 1 << place)) } catch {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    guard isRestricted else { return try container.encode(rawValue) }
    let on = places.compactMap { place in layers(at: place).map { (Self.names[place], $0.description) } }
    try container.encode(Dictionary(uniqueKeysWithValues: on))
  }
}

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
    names += Targets.projections.compactMap { $0?.rawValue }.filter { !names.contains($0) }
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

/// Why a list of target modules was refused, in one line that says what would match.
public enum TargetError: ExitStatusError, Equatable {
  case unknown(name: String, candidates: [String])
  case empty(candidates: [String])
  case layers(target: String, reason: LayerSelectionError)
  case noSuchLayer(target: String, problem: String)
  /// The module exists only as a part of a fused one.
  case fused(name: String, into: String, needed: [String])
  case absent(name: String, candidates: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let candidates):
      let near = SpellingDistance.nearest(to: name, among: candidates)
      let advice = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
      return "unknown target module \"\(name)\"; \(advice)what would match: \(candidates.joined(separator: ", "))"
    case .empty(let candidates):
      return "no target module given; what would match: \(candidates.joined(separator: ", "))"
    case .layers(let target, let reason): return "target \(target): \(reason)"
    case .noSuchLayer(let target, let problem): return "target \(target): \(problem)"
    case .fused(let name, let whole, let needed):
      return
        "target module \(name) is a part of this model's \(whole); name \(needed.joined(separator: ", ")) together, "
        + "in the same layers"
    case .absent(let name, let candidates):
      return "this model has no target module \(name); what would match: \(candidates.joined(separator: ", "))"
    }
  }

  /// `EX_USAGE`.
  public var exitStatus: Int32 { 64 }
}
