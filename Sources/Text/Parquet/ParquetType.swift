import Foundation
import Recipe

/// How a column's values are stored, and what they mean.
struct ParquetType {
  enum Physical: Int {
    case boolean, int32, int64, int96, float, double, byteArray, fixed
  }
  enum Unit: Int {
    case milliseconds = 3
    case microseconds = 6
    case nanoseconds = 9

    var perSecond: Int { [3: 1000, 6: 1_000_000, 9: 1_000_000_000][rawValue] ?? 1 }
  }
  enum Meaning: Equatable {
    case plain
    case unsigned
    case text, json, uuid, float16
    /// Bytes that are a text where they can be one.
    case bytes
    case decimal(scale: Int)
    case date
    case time(Unit)
    case timestamp(Unit, isUTC: Bool)
  }

  let physical: Physical
  /// Bytes of a value of `fixed` and `int96`; 0 for others.
  let size: Int
  let meaning: Meaning
  /// Bytes of a picture beside its path: base64, as JSON would have it, and never a text.
  let isPicture: Bool

  init(_ element: ThriftStructure, path: String) throws {
    let shown = OneLine.name(path)
    guard let number = element.integer(1), let physical = Physical(rawValue: number) else {
      throw ParquetError.damaged("column \(shown) has no type")
    }
    self.physical = physical
    switch physical {
    case .int96: size = 12
    case .fixed:
      guard let length = element.integer(2), (1...(1 << 24)).contains(length) else {
        throw ParquetError.damaged("column \(shown) has values of no length")
      }
      size = length
    default: size = 0
    }
    meaning = try Self.meaning(element, physical, size, shown)
    isPicture = meaning == .bytes && (path == "bytes" || path.hasSuffix(".bytes"))
  }

  private static func meaning(
    _ element: ThriftStructure, _ physical: Physical, _ size: Int, _ path: String
  ) throws -> Meaning {
    let logical = element.structure(10)
    let converted = element.integer(6)
    switch physical {
    case .boolean, .float, .double: return .plain
    case .int96: return .timestamp(.nanoseconds, isUTC: false)
    case .int32, .int64:
      if let time = logical?.structure(7) { return .time(try unit(time, path)) }
      if let stamp = logical?.structure(8) {
        return .timestamp(try unit(stamp, path), isUTC: stamp.bool(1) ?? true)
      }
      if let integer = logical?.structure(10) { return integer.bool(2) == false ? .unsigned : .plain }
      if logical?.structure(6) != nil { return .date }
      if let decimal = logical?.structure(5) { return .decimal(scale: try scale(decimal.integer(1), path)) }
      switch converted {
      case 5: return .decimal(scale: try scale(element.integer(7), path))
      case 6: return .date
      case 7: return .time(.milliseconds)
      case 8: return .time(.microseconds)
      case 9: return .timestamp(.milliseconds, isUTC: true)
      case 10: return .timestamp(.microseconds, isUTC: true)
      case 11, 12, 13, 14: return .unsigned
      default: return .plain
      }
    case .byteArray, .fixed:
      if logical?.structure(1) != nil || logical?.structure(4) != nil { return .text }
      if logical?.structure(12) != nil { return .json }
      if let decimal = logical?.structure(5) { return .decimal(scale: try scale(decimal.integer(1), path)) }
      if physical == .fixed, size == 16, logical?.structure(14) != nil { return .uuid }
      if physical == .fixed, size == 2, logical?.structure(15) != nil { return .float16 }
      switch converted {
      case 0, 4: return .text
      case 5: return .decimal(scale: try scale(element.integer(7), path))
      case 19: return .json
      default: return .bytes
      }
    }
  }

  private static func unit(_ type: ThriftStructure, _ path: String) throws -> Unit {
    let unit = type.structure(2)
    if unit?.structure(1) != nil { return .milliseconds }
    if unit?.structure(2) != nil { return .microseconds }
    if unit?.structure(3) != nil { return .nanoseconds }
    throw ParquetError.damaged("column \(path) has times in an unknown unit")
  }

  private static func scale(_ scale: Int?, _ path: String) throws -> Int {
    guard (0...100).contains(scale ?? 0) else { throw ParquetError.damaged("column \(path) has an impossible scale") }
    return scale ?? 0
  }
}
