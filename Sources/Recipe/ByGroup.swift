/// What single module groups have instead of the value that is common to all: the part of `--lr 3e-3,o_proj=6e-3` with the name.
///
/// Empty for a setting that is the same everywhere, as every run of earlier versions has it. A vision tower is in no group and has
/// the common value.
public struct ByGroup<Value: LosslessStringConvertible & Codable & Hashable & Sendable>: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let group: TargetGroup
    package var value: Value
  }

  /// In canonical order, each group once.
  package private(set) var entries: [Entry] = []

  public init() {}

  package init(_ values: [TargetGroup: Value]) {
    entries = TargetGroup.allCases.compactMap { group in values[group].map { Entry(group: group, value: $0) } }
  }

  public var isEmpty: Bool { entries.isEmpty }

  public subscript(group: TargetGroup) -> Value? {
    get { entries.first { $0.group == group }?.value }
    set {
      var values = Dictionary(uniqueKeysWithValues: entries.map { ($0.group, $0.value) })
      values[group] = newValue
      self = ByGroup(values)
    }
  }

  package func filter(_ isKept: (TargetGroup, Value) -> Bool) -> ByGroup {
    var own = self
    own.entries.removeAll { !isKept($0.group, $0.value) }
    return own
  }

  package func mapValues<Other>(_ change: (Value) -> Other) -> ByGroup<Other> {
    ByGroup<Other>(Dictionary(uniqueKeysWithValues: entries.map { ($0.group, change($0.value)) }))
  }
}

/// `o_proj=8,fc2=4`, which ``GroupedValue`` reads back.
extension ByGroup: CustomStringConvertible {
  public var description: String { words { Self.text($0) } }

  package func words(_ text: (Value) -> String) -> String {
    entries.map { "\($0.group.rawValue)=\(text($0.value))" }.joined(separator: ",")
  }

  package static func text(_ value: Value) -> String { (value as? Double).map(SettingValue.plain) ?? value.description }
}

/// An object with the groups' names as keys.
extension ByGroup: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: StoredKey.self)
    var values: [TargetGroup: Value] = [:]
    for key in container.allKeys {
      guard let group = TargetGroup(rawValue: key.stringValue) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "no module group \(key.stringValue)")
      }
      values[group] = try container.decode(Value.self, forKey: key)
    }
    self.init(values)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: StoredKey.self)
    for entry in entries { try container.encode(entry.value, forKey: StoredKey(stringValue: entry.group.rawValue)) }
  }
}

extension ByGroup: SettingType {
  package var settingValue: SettingValue? { isEmpty ? nil : .text(description) }

  package init?(_ value: SettingValue?) {
    switch value {
    case nil: self.init()
    case .text(let text)?:
      guard let read = try? GroupedValue<Value>(parsing: text), read.common == nil else { return nil }
      self = read.byGroup
    default: return nil
    }
  }
}

/// A setting as a person writes it: one value for all, others for single groups, or both: `3e-3`, `o_proj=6e-3`, `8,o_proj=16,fc2=4`.
package struct GroupedValue<Value: LosslessStringConvertible & Codable & Hashable & Sendable>: Hashable, Sendable {
  /// Nil where only groups are named.
  package var common: Value?
  package var byGroup = ByGroup<Value>()

  package init(common: Value?, byGroup: ByGroup<Value>) { (self.common, self.byGroup) = (common, byGroup) }

  package init(parsing text: String) throws(GroupedValueError) {
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { side in
        side.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      guard let word = sides.last, let value = Value(word) else {
        throw .value(sides.last ?? "", isWhole: Value.self == Int.self)
      }
      guard sides.count == 2 else {
        guard common == nil else { throw .twice("the common value") }
        common = value
        continue
      }
      guard let group = TargetGroup(named: sides[0]) else { throw .unknown(sides[0]) }
      guard byGroup[group] == nil else { throw .twice(group.rawValue) }
      byGroup[group] = value
    }
  }
}

/// Why a value by groups was refused, in one line.
package enum GroupedValueError: ExitStatusError, Equatable {
  case unknown(String)
  case value(String, isWhole: Bool)
  case twice(String)

  package var description: String {
    let names = TargetGroup.allCases.map(\.rawValue)
    switch self {
    case .unknown(let name):
      let near = SpellingDistance.nearest(to: name, among: names)
      let advice = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
      return "unknown module group \"\(name)\"; \(advice)there are \(names.joined(separator: ", "))"
    case .value(let text, let isWhole):
      return
        "\"\(text)\" is not a \(isWhole ? "whole number" : "number"); write one for all, and others by group, as in "
        + (isWhole ? "8,o_proj=16" : "3e-3,o_proj=6e-3")
    case .twice(let name): return "\(name) is given twice"
    }
  }

  /// `EX_USAGE`.
  package var exitStatus: Int32 { 64 }
}

extension TargetGroup {
  /// By its name or an alias, in any letter case.
  package init?(named name: String) {
    let name = name.lowercased()
    guard let group = Self.allCases.first(where: { $0.rawValue == name || $0.aliases.contains(name) }) else {
      return nil
    }
    self = group
  }
}

extension LinearModule {
  /// A fused layer is of its parts' group.
  public var group: TargetGroup {
    switch self {
    case .qProj, .kProj, .vProj, .qkvProj: .qkv
    case .oProj: .oProj
    case .gateProj, .upProj, .gateUpProj: .fc1
    case .downProj: .fc2
    case .convInProj, .convOutProj: .conv
    case .linearQKVProj, .linearZProj, .linearBProj, .linearAProj, .linearOutProj: .linear
    }
  }
}

extension ModulePath {
  /// Nil in a vision tower, which is in no group.
  public var group: TargetGroup? { isVision ? nil : module.group }
}
