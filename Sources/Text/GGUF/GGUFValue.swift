import Recipe

/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable, Equatable {
  case integer(Int)
  /// A floating-point number, or an integer beyond 63 bits.
  case number(Double)
  case flag(Bool)
  case text(String)
  case integers([Int])
  case numbers([Double])
  case flags([Bool])
  case texts([String])
  case lists([GGUFValue])
  /// A text, or a list of them, that is not UTF-8: refused only where it is asked for.
  case undecodable

  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  public var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  public var texts: [String]? { if case .texts(let value) = self { value } else { nil } }
  public var integers: [Int]? { if case .integers(let value) = self { value } else { nil } }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var doubles: [Double]? {
    switch self {
    case .integers(let values): values.map(Double.init)
    case .numbers(let values): values
    default: nil
    }
  }

  /// The value in a few words, for messages.
  public var words: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .text(let value): OneLine.name(value)
    case .integers(let list): "a list of \(list.count) integers"
    case .numbers(let list): "a list of \(list.count) numbers"
    case .flags(let list): "a list of \(list.count) truth values"
    case .texts(let list): "a list of \(list.count) texts"
    case .lists(let list): "a list of \(list.count) lists"
    case .undecodable: "a text that is not UTF-8"
    }
  }
}
