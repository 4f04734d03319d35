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

extension ParquetType {
  /// What a stored whole number means.
  func value(_ number: Int64) -> JSONValue {
    switch meaning {
    case .unsigned:
      if physical == .int32 { return .integer(Int(UInt32(truncatingIfNeeded: number))) }
      return Int(exactly: UInt64(bitPattern: number)).map { .integer($0) }
        ?? .number(Double(UInt64(bitPattern: number)))
    case .decimal(let scale): return .string(Self.decimal(String(number.magnitude), number < 0, scale))
    case .date: return .string(Self.date(days: Int(Int32(clamping: number))))
    case .time(let unit): return .string(Self.clock(Int(number), unit))
    case .timestamp(let unit, let isUTC): return .string(Self.timestamp(Int(number), unit, isUTC))
    default: return .integer(Int(number))
    }
  }

  /// What stored bytes mean: `size` of them, or as many as a byte array has.
  ///
  /// - Throws: `ParquetError` for text that is not UTF-8.
  func value(_ bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
    switch meaning {
    case .text: return .string(try Self.text(bytes))
    case .json:
      let text = try Self.text(bytes)
      return (try? JSONParser.parse(Array(bytes))) ?? .string(text)
    case .uuid:
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      return .string(
        [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }.joined(separator: "-"))
    case .float16: return Self.number(Self.half(UInt16(bytes[0]) | UInt16(bytes[1]) << 8))
    case .decimal(let scale): return .string(Self.decimal(bytes, scale))
    case .timestamp:
      // Nanoseconds of the day and the Julian day, as Impala writes them.
      let nanoseconds = Self.integer(bytes[0..<8])
      let day = Int(Int32(truncatingIfNeeded: Self.integer(bytes[8..<12]))) - 2_440_588
      let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
      return .string(Self.timestamp(seconds: day * 86_400 + seconds, rest, .nanoseconds, false))
    default:
      if isPicture { return .string(Data(bytes).base64EncodedString()) }
      if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
      return .object(JSONObject([("bytes", .string(Data(bytes).base64EncodedString()))]))
    }
  }

  /// As JSON has no other numbers, what is not finite is null.
  static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }

  /// The number that a person would write: 0.1 is not 0.10000000149.
  static func number(_ value: Float) -> JSONValue { number(Double("\(value)") ?? Double(value)) }

  private static func text(_ bytes: UnsafeBufferPointer<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ParquetError("holds text that is not UTF-8")
    }
    return text
  }

  private static func integer(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10) & 0x1F
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  // MARK: Decimals

  private static func decimal(_ digits: String, _ isNegative: Bool, _ scale: Int) -> String {
    var digits = digits
    if scale > 0 {
      digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
    }
    return (isNegative ? "-" : "") + digits
  }

  /// Of a number in two's complement, the highest byte first.
  private static func decimal(_ bytes: UnsafeBufferPointer<UInt8>, _ scale: Int) -> String {
    let isNegative = (bytes.first ?? 0) & 0x80 != 0
    var magnitude = Array(bytes.prefix(64))
    if isNegative {
      var carry: UInt16 = 1
      for index in magnitude.indices.reversed() {
        let sum = UInt16(~magnitude[index]) + carry
        magnitude[index] = UInt8(truncatingIfNeeded: sum)
        carry = sum >> 8
      }
    }
    var digits: [UInt8] = []
    while magnitude.contains(where: { $0 != 0 }) {
      var rest: UInt16 = 0
      for index in magnitude.indices {
        let value = rest << 8 | UInt16(magnitude[index])
        magnitude[index] = UInt8(value / 10)
        rest = value % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(rest))
    }
    let text = digits.isEmpty ? "0" : String(decoding: digits.reversed(), as: UTF8.self)
    return decimal(text, isNegative, scale)
  }

  // MARK: Days and times, as ISO 8601 writes them

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// In the Gregorian calendar, by Howard Hinnant's arithmetic of days.
  private static func date(days: Int) -> String {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let day = shifted - era * 146_097
    let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let digits = String(abs(year))
    let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(year < 0 ? "-" : "")\(padded)-\(two(month))-\(two(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))"
  }

  private static func clock(_ value: Int, _ unit: Unit) -> String {
    let (seconds, rest) = divided(value, by: unit.perSecond)
    let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    guard rest != 0 else { return clock }
    let digits = String(rest)
    return clock + "." + String(repeating: "0", count: unit.rawValue - digits.count) + digits
  }

  private static func timestamp(_ value: Int, _ unit: Unit, _ isUTC: Bool) -> String {
    let (seconds, rest) = divided(value, by: unit.perSecond)
    return timestamp(seconds: seconds, rest, unit, isUTC)
  }

  private static func timestamp(seconds: Int, _ rest: Int, _ unit: Unit, _ isUTC: Bool) -> String {
    let (days, second) = divided(seconds, by: 86_400)
    return date(days: days) + "T" + clock(second &* unit.perSecond &+ rest, unit) + (isUTC ? "Z" : "")
  }

  /// Rounded down, so that the rest is never negative.
  private static func divided(_ value: Int, by divisor: Int) -> (Int, Int) {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
  }
}
