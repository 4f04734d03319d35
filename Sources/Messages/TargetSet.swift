import Recipe

/// Which linear modules carry an adapter, and in which layers: the value behind the checklist's tick boxes.
///
/// Seven bits, one per projection of a Llama-style block, an eighth for all projections of a vision tower, and for what is not a
/// target in every layer its layers. The article's four groups are unions of projections: qkv = q, k, v; o_proj; fc1 (gate_up_proj) = gate, up;
/// fc2 (down_proj). The set operations below work on whole projections, as a tick does.
public struct TargetSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// One bit for each projection that is a target somewhere.
  public internal(set) var rawValue: UInt8
  /// Of projections that are not targets in every layer, by their place in `parts`.
  var restrictions: [Int: LayerSelection] = [:]

  public init() { rawValue = 0 }
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(arrayLiteral elements: TargetSet...) {
    self.init()
    for element in elements { formUnion(element) }
  }

  /// Projections by name, each with its layers; other names are left out.
  public init(layers: [String: LayerSelection]) {
    self.init()
    for (place, module) in Self.parts.enumerated() {
      guard let layers = layers[module.name] else { continue }
      rawValue |= module.set.rawValue
      if layers != .every { restrictions[place] = layers }
    }
  }

  public static let qProj = TargetSet(rawValue: 1)
  public static let kProj = TargetSet(rawValue: 2)
  public static let vProj = TargetSet(rawValue: 4)
  public static let oProj = TargetSet(rawValue: 8)
  public static let gateProj = TargetSet(rawValue: 16)
  public static let upProj = TargetSet(rawValue: 32)
  public static let downProj = TargetSet(rawValue: 64)
  /// A vision tower, where the model has one: in no group and in none of the fifteen combinations.
  public static let vision = TargetSet(rawValue: 128)

  public static let qkv: TargetSet = [.qProj, .kProj, .vProj]
  public static let fc1: TargetSet = [.gateProj, .upProj]
  public static let fc2: TargetSet = [.downProj]
  public static let all: TargetSet = [.qkv, .oProj, .fc1, .fc2]

  /// The single projections in canonical order, with the names that checkpoints use.
  public static let modules: [(name: String, set: TargetSet)] = [
    ("q_proj", .qProj), ("k_proj", .kProj), ("v_proj", .vProj), ("o_proj", .oProj),
    ("gate_proj", .gateProj), ("up_proj", .upProj), ("down_proj", .downProj),
  ]

  /// Those, and `vision`, whose layers are the tower's.
  static let parts: [(name: String, set: TargetSet)] = modules + [(visionName, .vision)]
  public static let visionName = "vision"

  /// Names of the single projections in the set, in whatever layers, in canonical order; `vision` for all of a tower's.
  public var moduleNames: [String] { Self.parts.filter { !isDisjoint(with: $0.set) }.map(\.name) }

  public init(moduleNames: some Sequence<String>) {
    self.init(layers: Dictionary(moduleNames.map { ($0, .every) }) { first, _ in first })
  }

  /// The groups that are wholly on.
  public var groups: [TargetGroupName] { TargetGroupName.allCases.filter { contains($0.set) } }

  /// True when the set is a union of whole groups, so that it is one of the fifteen combinations.
  public var isCombination: Bool { !isEmpty && groups.reduce(into: TargetSet()) { $0.formUnion($1.set) } == self }

  /// One hex digit (qkv 1, o_proj 2, fc1 4, fc2 8), or nil when a group is only partly on.
  public var hexDigit: Character? {
    guard isCombination else { return nil }
    let value = groups.reduce(0) { $0 | $1.bit }
    return Character(String(value, radix: 16, uppercase: true))
  }

  /// Four cells such as `Q·12`; a partly chosen group is `~`, an absent one `·` (`-` in ASCII). A fifth, `V`, where some layer of
  /// a vision tower is a target.
  public func cells(off: Character = "·") -> String {
    String(
      TargetGroupName.allCases.map { group in
        contains(group.set) ? group.cell : isDisjoint(with: group.set) ? off : "~"
      }) + (isDisjoint(with: .vision) ? "" : "V")
  }

  /// `qkv+fc2@12-`; single projections by their own names where a group is only partly on or its projections differ in
  /// layers; `all@last:8` where all seven have the same restriction; then `vision`; `base` where nothing is on.
  public var label: String {
    if isEmpty { return "base" }
    let decoder = LayerSelection.label(
      TargetGroupName.allCases.map { group in
        let members = Self.modules.filter { !group.set.isDisjoint(with: $0.set) }
        return (group.rawValue, members.map { ($0.name, layers(of: $0.name)) })
      })
    let tower = layers(of: Self.visionName).map { $0 == .every ? Self.visionName : "\(Self.visionName)@\($0)" }
    return [decoder.isEmpty ? nil : decoder, tower].compactMap(\.self).joined(separator: "+")
  }

  /// All fifteen combinations in the order of their hex digit, 1 to F.
  public static let fifteen: [TargetSet] = (1...15).map { bits in
    TargetGroupName.allCases.reduce(into: TargetSet()) { if bits & $1.bit != 0 { $0.formUnion($1.set) } }
  }

  /// The nine combinations of the article's study, in its order.
  public static let articleNine: [TargetSet] = [
    .qkv, .oProj, .fc1, .fc2, [.oProj, .fc1], [.qkv, .fc2], [.oProj, .fc2], [.qkv, .fc1], .all,
  ]
}

/// The article's four module groups.
public enum TargetGroupName: String, CaseIterable, Codable, Sendable {
  case qkv
  case oProj = "o_proj"
  case fc1
  case fc2

  public var set: TargetSet {
    switch self {
    case .qkv: .qkv
    case .oProj: .oProj
    case .fc1: .fc1
    case .fc2: .fc2
    }
  }

  /// The group's value in the hex digit of a combination.
  public var bit: Int {
    switch self {
    case .qkv: 1
    case .oProj: 2
    case .fc1: 4
    case .fc2: 8
    }
  }

  /// The letter that stands for the group in the four cells.
  public var cell: Character {
    switch self {
    case .qkv: "Q"
    case .oProj: "O"
    case .fc1: "1"
    case .fc2: "2"
    }
  }
}
