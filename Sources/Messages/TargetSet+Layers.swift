import Recipe

/// Layers, and sets of projections.
extension TargetSet {
  public var isEmpty: Bool { rawValue == 0 }

  /// A projection's layers, or those of `vision`, by its name; nil where it is no target.
  public func layers(of module: String) -> LayerSelection? {
    Self.parts.firstIndex { $0.name == module }.flatMap(layers(at:))
  }

  /// Sets the layers of every projection in `part`, whether it is a target yet or not; nil switches them off.
  public mutating func setLayers(_ layers: LayerSelection?, of part: TargetSet) {
    subtract(part)
    guard let layers else { return }
    rawValue |= part.rawValue
    for place in part.places where layers != .every { restrictions[place] = layers }
  }

  /// Layers of a model of `count` layers, and `vision` of its tower, for each projection that is a target, by its name.
  public func layers(in count: Int, vision: Int) -> [String: Set<Int>] {
    Dictionary(
      uniqueKeysWithValues: places.compactMap { place in
        let count = place == Self.visionPlace ? vision : count
        return layers(at: place).map { (Self.parts[place].name, Set($0.layers(of: count))) }
      })
  }

  /// The first target that names a layer which a model of `count` layers, and `vision` of its tower, does not have, in words;
  /// nil if there is none.
  public func missingLayer(in count: Int, vision: Int) -> String? {
    if vision == 0, !isDisjoint(with: .vision) {
      let groups = TargetGroupName.allCases.map(\.rawValue).joined(separator: ", ")
      return "this model has no target module \(Self.visionName); what would match: \(groups)"
    }
    for place in places {
      let isVision = place == Self.visionPlace
      guard let selection = restrictions[place], let problem = selection.problem(in: isVision ? vision : count) else {
        continue
      }
      return "target \(Self.parts[place].name)@\(selection): \(isVision ? "of the vision tower, " : "")\(problem)"
    }
    return nil
  }

  /// Some projection is a target in a part of the layers only.
  public var isRestricted: Bool { !restrictions.isEmpty }

  /// Every projection of `other` is on, in all layers or in just those that `other` names.
  public func contains(_ other: TargetSet) -> Bool {
    other.places.allSatisfy { place in
      layers(at: place).map { $0 == .every || $0 == other.layers(at: place) } ?? false
    }
  }

  /// No projection is on in both, in whatever layers.
  public func isDisjoint(with other: TargetSet) -> Bool { rawValue & other.rawValue == 0 }

  /// The projections that are on in both, with this set's layers.
  public func intersection(_ other: TargetSet) -> TargetSet {
    var result = self
    result.subtract(TargetSet(rawValue: ~other.rawValue))
    return result
  }

  public mutating func formUnion(_ other: TargetSet) {
    for place in other.places {
      guard var layers = other.layers(at: place) else { continue }
      if let present = self.layers(at: place) { layers.formUnion(present) }
      rawValue |= 1 << place
      restrictions[place] = layers == .every ? nil : layers
    }
  }

  public func union(_ other: TargetSet) -> TargetSet {
    var result = self
    result.formUnion(other)
    return result
  }

  /// Switches the projections of `other` off, in whatever layers.
  public mutating func subtract(_ other: TargetSet) {
    rawValue &= ~other.rawValue
    restrictions = restrictions.filter { rawValue & 1 << $0.key != 0 }
  }

  public mutating func insert(_ other: TargetSet) { formUnion(other) }
  public mutating func remove(_ other: TargetSet) { subtract(other) }

  /// The order of lists: combinations by their hex digit, then what is partly on, by projections and by name.
  public static func precedes(_ left: TargetSet, _ right: TargetSet) -> Bool {
    let keys = [left, right].map { $0.hexDigit?.hexDigitValue ?? 16 + Int($0.rawValue) }
    return keys[0] != keys[1] ? keys[0] < keys[1] : left.label < right.label
  }

  /// Places in `parts` of what is on.
  private var places: [Int] { Self.parts.indices.filter { rawValue & 1 << $0 != 0 } }

  private static let visionPlace = 7

  private func layers(at place: Int) -> LayerSelection? {
    rawValue & 1 << place == 0 ? nil : restrictions[place] ?? .every
  }
}

/// A number (the bits) where every projection is a target in all layers, as runs have always been stored; otherwise each
/// projection's layers by name.
extension TargetSet: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let bits = try? container.decode(UInt8.self) {
      self.init(rawValue: bits)
      return
    }
    let names = try container.decode([String: String].self)
    do { self.init(layers: try names.mapValues { try LayerSelection(parsing: $0) }) } catch let error
      as LayerSelectionError
    {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    guard isRestricted else { return try container.encode(rawValue) }
    let on = Self.parts.compactMap { module in layers(of: module.name).map { (module.name, $0.description) } }
    try container.encode(Dictionary(uniqueKeysWithValues: on))
  }
}
