/// A JSON document. Objects keep their order, and duplicate keys.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
  public var isNull: Bool { self == .null }

  /// An integer, also when it was written as 8.0.
  public var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The kind in words, for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer, .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object in the order of the file.
///
/// Not a dictionary: Swift's string equality is canonical equivalence, under which two different keys of a vocabulary can
/// be one.
public struct JSONObject: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    public let key: String
    public let value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  public var members: [Member]
  /// What the text says that the values do not; nil for most objects.
  private var source: Source?

  public init(_ members: [Member] = []) { self.members = members }

  /// Two objects are equal if they mean the same, however it was written.
  public static func == (a: JSONObject, b: JSONObject) -> Bool { a.members == b.members }

  public init(_ members: [(String, JSONValue)]) { self.members = members.map { Member(key: $0, value: $1) } }

  /// The last member of that name, as Python's `json` takes it. Linear.
  public subscript(key: String) -> JSONValue? {
    members.last { Self.isSame($0.key, key) }?.value
  }

  /// Whether two keys have the same bytes. Texts are equal in more ways than that, but telling those apart that are not equal is quick.
  static func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.count == other.utf8.count && one == other && one.utf8.elementsEqual(other.utf8)
  }

  /// The member, unless it is null or not there.
  public func value(_ key: String) -> JSONValue? {
    self[key].flatMap { $0.isNull ? nil : $0 }
  }
}

extension JSONObject {
  /// How an object was written. A class, so that an object without it is no larger.
  private final class Source: Sendable {
    /// Of the numbers that would be written otherwise, in the order of the members.
    let spellings: [(key: String, text: String)]
    let loneSurrogates: Int

    init(spellings: [(key: String, text: String)], loneSurrogates: Int) {
      self.spellings = spellings
      self.loneSurrogates = loneSurrogates
    }
  }

  /// - Parameters:
  ///   - spellings: the digits of numbers whose value does not tell them, such as 4.0 and 1e3.
  ///   - loneSurrogates: halves of surrogate pairs in the object's texts, at any depth; each was read as U+FFFD.
  mutating func note(spellings: [(key: String, text: String)], loneSurrogates: Int) {
    source = Source(spellings: spellings, loneSurrogates: loneSurrogates)
  }

  /// How many halves of surrogate pairs the text has, which no UTF-8 can hold.
  var loneSurrogates: Int { source?.loneSurrogates ?? 0 }

  /// A number or a truth value as the file writes it; nil for what is neither.
  func spelling(_ key: String) -> String? {
    guard let value = self[key] else { return nil }
    switch value {
    case .bool(let isTrue): return isTrue ? "true" : "false"
    case .integer(let number): return written(key) ?? String(number)
    case .number(let number): return written(key) ?? "\(number)"
    default: return nil
    }
  }

  private func written(_ key: String) -> String? {
    source?.spellings.last { $0.key.utf8.elementsEqual(key.utf8) }?.text
  }
}
