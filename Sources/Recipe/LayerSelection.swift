/// Some layers of a model, named before the model is known: `0-11`, `5`, `20-` (to the last), `last:4`, and lists of these.
public struct LayerSelection: Hashable, Sendable, CustomStringConvertible {
  /// Rising, none of them touching the next.
  private var ranges: [ClosedRange<Int>] = []
  /// This layer and all after it.
  private var start: Int?
  /// As many layers at the end of the model.
  private var lastCount = 0

  /// All layers, as a target without `@` has them.
  public static let every = LayerSelection(from: 0)

  public init(_ range: ClosedRange<Int>) { ranges = [range] }
  public init(from start: Int) { self.start = start }
  /// The last `count` layers.
  public init(last count: Int) { lastCount = count }

  /// Just these of a model of `count` layers; nil where there are none.
  init?(layers: Set<Int>, of count: Int) {
    guard let first = layers.first else { return nil }
    self = layers == Set(0..<count) ? .every : LayerSelection(first...first)
    if self != .every { for layer in layers { formUnion(LayerSelection(layer...layer)) } }
  }

  /// No model has more layers; it bounds what a typing error can ask for.
  public static let largestLayer = 9_999

  /// Reads what stands after `@`: numbers, ranges and `last:N`, separated by commas.
  public init(parsing text: String) throws(LayerSelectionError) {
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      formUnion(try Self.item(item.trimming(while: \.isWhitespace).lowercased()))
    }
  }

  /// Whether a part of a comma-separated list goes on with layers instead of naming the next target.
  public static func continues(_ text: some StringProtocol) -> Bool {
    guard let first = text.first else { return false }
    return first.isNumber || first == "-" || text.lowercased().hasPrefix("last")
  }

  private static func item(_ text: String) throws(LayerSelectionError) -> LayerSelection {
    if text.isEmpty { throw .empty }
    if text.hasPrefix("last") {
      guard text.hasPrefix("last:"), let count = number(text.dropFirst(5)), count > 0 else { throw .unreadable(text) }
      return LayerSelection(last: count)
    }
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let low = number(ends[0]) else { throw .unreadable(text) }
    guard ends.count == 2 else { return LayerSelection(low...low) }
    if ends[1].isEmpty { return LayerSelection(from: low) }
    guard let high = number(ends[1]) else { throw .unreadable(text) }
    guard low <= high else { throw .reversed(low, high) }
    return LayerSelection(low...high)
  }

  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text) else { return nil }
    return value <= largestLayer ? value : nil
  }

  public mutating func formUnion(_ other: LayerSelection) {
    start = [start, other.start].compactMap { $0 }.min()
    lastCount = max(lastCount, other.lastCount)
    var merged: [ClosedRange<Int>] = []
    for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let top = merged.last, range.lowerBound <= top.upperBound + 1 {
        merged[merged.count - 1] = top.lowerBound...max(top.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    if let start {
      while let top = merged.last, top.upperBound + 1 >= self.start ?? start {
        self.start = min(self.start ?? start, top.lowerBound)
        merged.removeLast()
      }
    }
    ranges = merged
    if self == .every || start == 0 { self = .every }
  }

  /// The chosen layers of a model, rising. What the model lacks is among them, so that a check can name it: numbers from
  /// `count` up, and negative ones where fewer than N layers are there for `last:N`.
  public func layers(of count: Int) -> [Int] {
    var chosen = Set(ranges.joined())
    if let start { chosen.formUnion(start..<max(start + 1, count)) }
    if lastCount > 0 { chosen.formUnion((count - lastCount)..<count) }
    return chosen.sorted()
  }

  /// What a model of `count` layers lacks of these, in words; nil where nothing is missing.
  public func problem(in count: Int) -> String? {
    if lastCount > count { return "the model has only \(count) layers" }
    guard let missing = layers(of: count).last, missing >= count else { return nil }
    return "there is no layer \(missing); the model has layers 0 to \(count - 1)"
  }

  /// As it is written after `@`; `0-` for every layer.
  public var description: String {
    var items = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
    if let start { items.append("\(start)-") }
    if lastCount > 0 { items.append("last:\(lastCount)") }
    return items.joined(separator: ",")
  }
}

/// Why what stands after `@` was refused, in one line.
public enum LayerSelectionError: Error, Equatable, CustomStringConvertible {
  case empty
  case unreadable(String)
  case reversed(Int, Int)

  public var description: String {
    switch self {
    case .empty: "no layers are named after @; write layers as 0-11, 5, 20- or last:4"
    case .unreadable(let text): "\"\(text)\" names no layers; write them as 0-11, 5, 20- or last:4"
    case .reversed(let low, let high): "layers \(low)-\(high) are empty; write \(high)-\(low)"
    }
  }
}

extension Substring {
  fileprivate func trimming(while condition: (Character) -> Bool) -> Substring {
    var rest = drop(while: condition)
    while let last = rest.last, condition(last) { rest.removeLast() }
    return rest
  }
}

/// Layers, and sets of projections.
extension Targets {
  public var isEmpty: Bool { rawValue == 0 }

  /// A projection's layers; nil where it is no target.
  public func layers(of module: LinearModule) -> LayerSelection? {
    Self.projections.firstIndex(of: module).flatMap(layers(at:))
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
    // Tables ask for this of thousands of runs, whose projections are targets in all layers.
    if restrictions.isEmpty { return other.rawValue & ~rawValue == 0 }
    return other.places.allSatisfy { place in
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
    if restrictions.isEmpty, other.restrictions.isEmpty {
      rawValue |= other.rawValue
      return
    }
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
