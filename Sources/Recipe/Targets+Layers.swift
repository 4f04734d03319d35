/// Layers, and sets of projections.
extension Targets {
  public var isEmpty: Bool { rawValue == 0 }

  /// A projection's layers; nil where it is no target.
  public func layers(of module: LinearModule) -> LayerSelection? {
    LinearModule.split.firstIndex(of: module).flatMap(layers(at:))
  }

  /// The layers of a vision tower that are targets; nil for none.
  public var vision: LayerSelection? { layers(at: Self.visionPlace) }

  /// The layers of each projection in `part`; nil is among them where one is no target.
  public func layers(of part: Targets) -> Set<LayerSelection?> { Set(part.places.map(layers(at:))) }

  /// Sets the layers of every projection in `part`, whether it is a target yet or not; nil switches them off.
  public mutating func setLayers(_ layers: LayerSelection?, of part: Targets) {
    subtract(part)
    guard let layers else { return }
    rawValue |= part.rawValue
    for place in part.places where layers != .every { restrictions[place] = layers }
  }

  /// Some projection is a target in a part of the layers only.
  public var isRestricted: Bool { !restrictions.isEmpty }

  /// Every projection of `other` is on, in all layers or in just those that `other` names.
  public func contains(_ other: Targets) -> Bool {
    other.places.allSatisfy { place in
      layers(at: place).map { $0 == .every || $0 == other.layers(at: place) } ?? false
    }
  }

  /// No projection is on in both, in whatever layers.
  public func isDisjoint(with other: Targets) -> Bool { rawValue & other.rawValue == 0 }

  /// The projections that are on in both, with this set's layers.
  public func intersection(_ other: Targets) -> Targets {
    var result = self
    result.subtract(Targets(rawValue: ~other.rawValue))
    return result
  }

  public mutating func formUnion(_ other: Targets) {
    for place in other.places {
      guard var layers = other.layers(at: place) else { continue }
      if let present = self.layers(at: place) { layers.formUnion(present) }
      rawValue |= 1 << place
      restrictions[place] = layers == .every ? nil : layers
    }
  }

  public func union(_ other: Targets) -> Targets {
    var result = self
    result.formUnion(other)
    return result
  }

  /// Switches the projections of `other` off, in whatever layers.
  public mutating func subtract(_ other: Targets) {
    rawValue &= ~other.rawValue
    restrictions = restrictions.filter { rawValue & 1 << $0.key != 0 }
  }

  public mutating func insert(_ other: Targets) { formUnion(other) }
  public mutating func remove(_ other: Targets) { subtract(other) }

  /// Places in `names` of what is on.
  var places: [Int] { Self.names.indices.filter { rawValue & 1 << $0 != 0 } }

  private static let visionPlace = 7

  func layers(at place: Int) -> LayerSelection? {
    rawValue & 1 << place == 0 ? nil : restrictions[place] ?? .every
  }
}
